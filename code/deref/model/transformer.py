"""The model: a pre-LayerNorm transformer with a leading seed axis.

Glossary of shapes: S seeds, B sequences, N nodes, R readouts, L layers, H heads, K head size, D width, V outputs.

Every parameter and every activation starts with the seed axis: a model of ten seeds is ten independent models that
share nothing but the cost of running them. `Transformer.member` takes one out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from deref.model.activations import Activations
from deref.model.block import EVERY, Block
from deref.model.parts import Linear, Norm, sinusoids
from deref.model.taps import LAYER_SITES, SITE_NAMES, Site, Tap, Watch, sites_of
from deref.model.taps import read as reading
from deref.tasks.layout import Layout

if TYPE_CHECKING:
    from deref.model.config import ModelConfig


class Transformer(nn.Module):
    """An ensemble of transformers, one a seed.

    Args:
        config: the shape of every member.
        seeds: one integer a member; member i starts from exactly the numbers that its seed alone would give.

    Raises:
        ValueError: no seeds.
    """

    def __init__(self, config: "ModelConfig", seeds: Sequence[int]) -> None:
        super().__init__()
        if not seeds:
            raise ValueError("expected at least one seed, got none")
        self.config, self.seeds, self.sites = config, tuple(seeds), sites_of(config)
        count, width = len(self.seeds), config.width
        self.token = nn.Parameter(torch.zeros(count, config.vocab, width))
        if config.positions == "learned":
            self.position = nn.Parameter(torch.zeros(count, config.length, width))
        else:  # not part of the state: the configuration says it all
            self.register_buffer("position", sinusoids(config.length, width)[None], persistent=False)
        self.layers = nn.ModuleList(Block(config, count, layer) for layer in range(config.layers))
        self.final_norm = Norm(count, width) if config.final_norm else nn.Identity()
        self.unembedding = Linear(count, width, config.outputs)
        for member, seed in enumerate(self.seeds):
            self._start(member, torch.Generator().manual_seed(seed))

    def _start(self, member: int, generator: torch.Generator) -> None:
        """Draw one member's parameters, in the order in which the model lists them."""
        config = self.config
        self.token.data[member].normal_(std=config.token_std, generator=generator)
        if config.positions == "learned":
            self.position.data[member].normal_(std=config.position_std, generator=generator)
        for part in self.modules():
            if isinstance(part, Linear):
                part.start(member, generator)

    def forward(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout, *, tap: Tap | None = None
    ) -> Float[Tensor, "seed batch readout output"]:
        """Answer at every readout.

        Behind the last block only readouts are read, so its queries, mixtures and MLP are computed at the readouts
        alone, unless the tap looks at one of them: what it is shown always has all nodes.

        Args:
            tokens: (S, B, N), or (B, N) where all seeds get the same tokens.
            layout: positions, mask and readouts of the N nodes.
            tap: called at every site it looks at; see `deref.model.taps`.

        Returns:
            Logits, (S, B, R, V).

        Raises:
            ValueError: tokens that do not fit the layout, the seeds or the vocabulary, a layout with more positions
                than the model has, or a tap on a site that does not exist.
        """
        watch = Watch(tap, self.sites)
        return self._run(0, watch("embed", None, self.embed(tokens, layout)), layout, watch)

    def from_layer(
        self,
        layer: int,
        resid: Float[Tensor, "seed batch node width"],
        layout: Layout,
        tap: Tap | None = None,
    ) -> Float[Tensor, "seed batch readout output"]:
        """Run the rest of the model from the residual stream that enters one block.

        Args:
            layer: the first block to run, 0 to L; L runs the unembedding alone.
            resid: the stream that enters it, (S, B, N, D).
            layout: positions, mask and readouts of the N nodes.
            tap: as in `forward`; it is shown the sites from this block on.

        Returns:
            Logits, (S, B, R, V).

        Raises:
            ValueError: a layer that does not exist, a stream that does not fit the layout or the model, or a tap on a
                site that does not exist.
        """
        if not 0 <= layer <= self.config.layers:
            raise ValueError(f"expected a layer from 0 to {self.config.layers}, got {layer}")
        expected = (len(self.seeds), layout.size, self.config.width)
        if resid.ndim != 4 or (resid.shape[0], *resid.shape[2:]) != expected:
            raise ValueError("expected a stream of {} seeds, {} nodes and width {}".format(*expected)
                             + f", got the shape {tuple(resid.shape)}")
        return self._run(layer, resid, layout, Watch(tap, self.sites))

    @torch.no_grad()
    def read(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout, sites: Iterable[str] | None = None
    ) -> Activations:
        """Run the model and return what it computed, without gradients.

        Args:
            tokens: as in `forward`.
            layout: as in `forward`.
            sites: the names of the sites to keep, in every layer; None keeps all. Logits are always kept.

        Returns:
            The activations.

        Raises:
            ValueError: a name that is no site of this model, or as `forward`.
        """
        names = {site.name for site in self.sites}
        wanted = names if sites is None else {*sites, "logits"}
        if not wanted <= names:
            raise ValueError(f"expected sites among {', '.join(name for name in SITE_NAMES if name in names)}, "
                             f"got {', '.join(sorted(wanted - names))}")
        found: dict[Site, Tensor] = {}
        self.forward(tokens, layout, tap=reading([site for site in self.sites if site.name in wanted], into=found))
        return Activations.collect(found)

    def embed(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout
    ) -> Float[Tensor, "seed batch node width"]:
        """Add token and position embeddings: the residual stream that enters the first block.

        Args:
            tokens: as in `forward`.
            layout: as in `forward`.

        Raises:
            ValueError: as `forward`.
        """
        count, vocab, width = self.token.shape
        tokens = tokens[None] if tokens.ndim == 2 else tokens
        if tokens.ndim != 3 or tokens.shape[0] not in (1, count) or tokens.shape[2] != layout.size:
            raise ValueError(f"expected tokens of {count} seeds (or none) and {layout.size} nodes, "
                             f"got the shape {tuple(tokens.shape)}")
        if layout.length > self.config.length:
            raise ValueError(f"expected a layout of at most {self.config.length} positions, got {layout.length}")
        if not torch.compiler.is_compiling():  # a compiled model cannot stop to look
            low, high = (int(end) for end in tokens.aminmax())
            if low < 0 or high >= vocab:
                raise ValueError(f"expected tokens from 0 to {vocab - 1}, got {low if low < 0 else high}")
        # One table of all seeds' embeddings, one below the other, because a lookup in one table is the fast one.
        table = vocab * torch.arange(count, device=tokens.device)[:, None, None]
        embedded = F.embedding(tokens + table, self.token.view(-1, width))
        return embedded + self.position.index_select(1, layout.positions.to(embedded.device))[:, None]

    def project(
        self, layer: int, resid: Float[Tensor, "seed batch node width"], positions: Int[Tensor, "node"] | None = None
    ) -> tuple[Float[Tensor, "seed batch node inner"], ...]:
        """Run the first half of one block; see `deref.model.block.Block.project`.

        Args:
            layer: the block, from 0.
            resid: the stream that enters it, at any nodes, (S, B, nodes, D).
            positions: of the nodes; the embedding has written them into the stream already.

        Returns:
            Queries, keys and values, heads side by side, each (S, B, nodes, H K).
        """
        return self.layers[layer].project(resid)

    def finish(
        self,
        layer: int,
        resid: Float[Tensor, "seed batch query width"],
        q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"],
        v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
    ) -> Float[Tensor, "seed batch query width"]:
        """Run the second half of one block; see `deref.model.block.Block.finish`."""
        return self.layers[layer].finish(resid, q, k, v, mask)

    def unembed(self, resid: Float[Tensor, "seed batch node width"]) -> Float[Tensor, "seed batch node output"]:
        """Turn the residual stream behind the last block into logits, at whatever nodes are given.

        Args:
            resid: the stream, (S, B, nodes, D).

        Returns:
            Logits, (S, B, nodes, V).
        """
        return self.unembedding(self.final_norm(resid))

    def _run(self, first: int, resid: Tensor, layout: Layout, watch: Watch) -> Tensor:
        """Run the blocks from one on, and the unembedding."""
        layout = layout.to(resid.device)
        last, left = self.config.layers - 1, layout.rows
        for layer in range(first, self.config.layers):
            rows = EVERY
            if layer == last and not watch.wants(layer, *BEHIND_KEYS):
                rows, left = left, EVERY
            resid = self.layers[layer](resid, layout.mask, watch, rows)
        final = watch("final", None, self.final_norm(resid[:, :, left]))
        return watch("logits", None, self.unembedding(final))

    def member(self, i: int) -> "Transformer":
        """Take out one member, as a model of one seed with its own copy of the parameters.

        Args:
            i: its place in `seeds`.

        Raises:
            ValueError: a member that does not exist.
        """
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        state = {name: value[i : i + 1] for name, value in self.state_dict().items()}
        return Transformer.from_state(self.config, self.seeds[i : i + 1], state)

    @classmethod
    def from_state(cls, config: "ModelConfig", seeds: Sequence[int], state: Mapping[str, Tensor]) -> "Transformer":
        """Build a model that holds a copy of saved parameters, on their device and in their dtype.

        Args:
            config: the shape of every member.
            seeds: the seeds of the members.
            state: parameters by name, as `state_dict` gives them.

        Raises:
            ValueError: names or shapes other than the model's; says which differ.
        """
        model = cls(config, seeds)
        expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
        given = {name: tuple(value.shape) for name, value in state.items()}
        if expected != given:
            differ = sorted(n for n in expected.keys() | given.keys() if expected.get(n) != given.get(n))
            raise ValueError("expected the parameters of this model; " + "; ".join(
                f"{n}: expected {expected.get(n, 'nothing')}, got {given.get(n, 'nothing')}" for n in differ))
        model = model.to(device=state["token"].device, dtype=state["token"].dtype)
        model.load_state_dict(dict(state))
        return model


# Sites of a block that have a row for every node that asks, and so differ where only readouts do.
BEHIND_KEYS = tuple(name for name in LAYER_SITES if name not in ("resid_pre", "k", "v"))
