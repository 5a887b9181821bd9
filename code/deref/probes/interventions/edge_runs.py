"""Edge runs: runs in which chosen arrows of attention carry what they would carry in another run.

An edge (layer, head, query, key) shows the query one key and one value. Here an edge can be given another key and
another value: the query's score of that node is computed from that key, the softmax anew, and what is fetched along the
edge is that value. Whatever follows from it later is computed as ever. The share of the way from the own key and value
to the other is a number, so that a run can be differentiated by it:

    share 1   the edge is patched
    share 0   nothing is changed, and the derivative of the answer by the share is the edge's attribution
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor

from deref.model.taps import Site, SiteTap
from deref.probes.base.tappable import Tappable, heads_of, layers_of, run_and_read
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.measures.reach import reachable
from deref.tasks.layout import Layout


class HeadEdge(NamedTuple):
    """One arrow of attention in one head.

    Args:
        query: the node that looks.
        key: the node that is looked at.
        layer: the block, from 0.
        head: its number in the block, from 0.
    """

    query: int
    key: int
    layer: int
    head: int


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """What every node shows every head of every block: one tensor a block.

    Args:
        k: keys.
        v: values.
    """

    k: tuple[Float[Tensor, "seed batch head node size"], ...]
    v: tuple[Float[Tensor, "seed batch head node size"], ...]

    def less(self, other: "Sources") -> "Sources":
        """The differences to what is shown in another run."""
        k, v = (tuple(a - b for a, b in zip(*sides, strict=True)) for sides in ((self.k, other.k), (self.v, other.v)))
        return Sources(k=k, v=v)

    def repeated(self, times: int) -> "Sources":
        """The same for a batch that holds every sequence several times, one whole batch behind the other."""
        k, v = (tuple(x.repeat(1, times, 1, 1, 1) for x in side) for side in (self.k, self.v))
        return Sources(k=k, v=v)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class EdgeScores:
    """A score for every edge, and what the scores cost.

    Args:
        edges: the edges.
        scores: (edge, seed, pair), on the CPU; what they count is said where they are made.
        forward: how many sequences were run for each pair, parts of a run counted as whole ones.
        backward: how many derivatives were taken for each pair.
    """

    edges: tuple[HeadEdge, ...]
    scores: Float[Tensor, "edge seed pair"]
    forward: int
    backward: int = 0

    @property
    def passes(self) -> int:
        """The cost in forward passes for each pair, a derivative counted as two."""
        return self.forward + 2 * self.backward


def attention_edges(
    model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout
) -> tuple[HeadEdge, ...]:
    """List every edge of attention that the mask allows and from whose query the mask leads on to a readout.

    Args:
        model: any model that can be tapped.
        tokens: sequences that it can read; one will do.
        layout: their layout.

    Returns:
        The edges, block by block, in each block head by head, query by query.
    """
    layers, heads = layers_of(model), heads_of(model, tokens[..., :1, :], layout)
    found = []
    for layer in range(layers):
        heard = reachable(layout.mask.cpu(), layers - 1 - layer)[layout.readouts.cpu()].any(0)
        pairs = (layout.mask.cpu() & heard[:, None]).nonzero().tolist()
        found += [HeadEdge(query, key, layer, head) for head in range(heads) for query, key in pairs]
    return tuple(found)


def chosen_edges(
    model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout, edges: Sequence[HeadEdge] | None
) -> tuple[HeadEdge, ...]:
    """The edges that a probe is about: those given, or all of `attention_edges`.

    Raises:
        ValueError: none, or one that the model or the mask does not have.
    """
    if edges is None:
        return attention_edges(model, tokens, layout)
    layers, nodes = range(layers_of(model)), range(layout.size)
    wrong = [e for e in edges if not (e.layer in layers and e.head >= 0 and e.query in nodes and e.key in nodes
                                      and bool(layout.mask[e.query, e.key]))]
    if wrong or not edges:
        raise ValueError(f"expected edges of {len(layers)} blocks and {len(nodes)} nodes that the mask allows, "
                         f"got {wrong[0] if wrong else 'none'}")
    return tuple(edges)


def sources_of(model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> Sources:
    """Run a model and keep every key and every value."""
    return embedded_sources(model, tokens, layout)[1]


def embedded_sources(
    model: Tappable, tokens: Int[Tensor, "*seed batch node"], layout: Layout
) -> tuple[Float[Tensor, "seed batch node width"], Sources]:
    """Run a model and keep the stream that enters its first block, every key and every value."""
    layers = range(layers_of(model))
    sites = [EMBEDDING, *(Site(name, layer) for layer in layers for name in "kv")]
    found = run_and_read(model, tokens, layout, sites)[1]
    return found[EMBEDDING], Sources(k=tuple(found[Site("k", layer)] for layer in layers),
                                     v=tuple(found[Site("v", layer)] for layer in layers))


def carrying(
    shares: Mapping[int, Float[Tensor, "*seed batch head node node"]], given: Sources, *, shift: bool = False
) -> SiteTap:
    """Make a tap that lets edges carry other keys and values.

    Args:
        shares: by block, how far each edge (query, key) goes from its own to the other.
        given: the other keys and values, of the same sequences.
        shift: whether `given` are differences to add, and not what stands in the place of a run's own.

    Returns:
        The tap. It remembers what the run showed it at q, k, v and pattern, so one run must end before the next begins.
    """
    seen: dict[str, Tensor] = {}

    def change(name: str, other: Tensor) -> Tensor:
        return other if shift else other - seen[name]

    def act(site: Site, x: Tensor) -> Tensor | None:
        layer = site.layer
        if layer is not None and site.name == "scores":
            return x + shares[layer] * (seen["q"] @ change("k", given.k[layer]).mT) / math.sqrt(seen["q"].shape[-1])
        if layer is not None and site.name == "z":
            return x + (shares[layer] * seen["pattern"]) @ change("v", given.v[layer])
        seen[site.name] = x
        return None

    names = ("q", "k", "v", "scores", "pattern", "z")
    return SiteTap(frozenset(Site(name, layer) for layer in shares for name in names), act)


def marks(
    edges: Sequence[HeadEdge], values: Float[Tensor, "seed batch head node size"]
) -> Float[Tensor, "edge head node node"]:
    """One matrix a head and edge, 1 at the edge and 0 elsewhere.

    Args:
        edges: of one block.
        values: of that block, for the numbers of heads and nodes.
    """
    found = values.new_zeros(len(edges), *values.shape[2:4], values.shape[3])
    for row, edge in zip(found, edges, strict=True):
        row[edge.head, edge.query, edge.key] = 1
    return found
