"""Taps: named places in the forward pass where tensors can be read or replaced.

A tap is a function called with a site and the tensor found there. It returns a replacement of the same shape, or None
to leave the tensor alone; it never writes into what it is given. Reading, patching and ablating are all taps:

    clean = {}
    model(clean_tokens, layout, tap=read([Site("resid_post", 0)], into=clean))
    model(corrupted_tokens, layout, tap=patch(Site("resid_post", 0), clean[Site("resid_post", 0)]))

Taps made by `read`, `patch` and `chain` carry the `sites` they look at, so that the model computes no more than they
need; a bare function is shown every site.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from torch import Tensor

if TYPE_CHECKING:
    from deref.model.config import ModelConfig


# In the order of the forward pass. S seeds, B sequences, N nodes, H heads, K head size, D width, U hidden units,
# R readouts, V outputs; scores and pattern are (query, key).
LAYER_SITES = {
    "resid_pre": "S B N D",
    "q": "S B H N K",
    "k": "S B H N K",
    "v": "S B H N K",
    "scores": "S B H N N",
    "pattern": "S B H N N",
    "z": "S B H N K",
    "head_out": "S B H N D",
    "attn_out": "S B N D",
    "resid_mid": "S B N D",
    "mlp_pre": "S B N U",
    "mlp_post": "S B N U",
    "mlp_out": "S B N D",
    "resid_post": "S B N D",
}
MODEL_SITES = {"embed": "S B N D", "final": "S B R D", "logits": "S B R V"}
SITE_NAMES = ("embed", *LAYER_SITES, "final", "logits")


@dataclasses.dataclass(frozen=True)
class Site:
    """A named place in the forward pass.

    Args:
        name: one of `SITE_NAMES`.
        layer: the block, counted from 0; None for the sites outside blocks: embed, final, logits.

    Raises:
        ValueError: an unknown name, a missing layer, or a layer where there is none.
    """

    name: str
    layer: int | None = None

    def __post_init__(self) -> None:
        if self.name not in SITE_NAMES:
            raise ValueError(f"expected a site, one of {', '.join(SITE_NAMES)}, got {self.name!r}")
        if self.name in MODEL_SITES and self.layer is not None:
            raise ValueError(f"expected the site {self.name} to have no layer, got layer {self.layer!r}")
        if self.name in LAYER_SITES and (not isinstance(self.layer, int) or self.layer < 0):
            raise ValueError(f"expected the site {self.name} to have a layer of at least 0, got {self.layer!r}")


@runtime_checkable
class Tap(Protocol):
    """What a forward pass calls at each site; any function of this signature will do."""

    def __call__(self, site: Site, x: Tensor, /) -> Tensor | None:
        """Return what to use instead of x, or None to use x."""


@dataclasses.dataclass(frozen=True)
class SiteTap:
    """A tap that says which sites it looks at.

    Args:
        sites: the only sites that `act` is called for.
        act: called with the site and its tensor.
    """

    sites: frozenset[Site]
    act: Callable[[Site, Tensor], Tensor | None]

    def __call__(self, site: Site, x: Tensor, /) -> Tensor | None:
        """Act at the sites looked at, and nowhere else."""
        return self.act(site, x) if site in self.sites else None


def read(sites: Iterable[Site], *, into: dict[Site, Tensor]) -> SiteTap:
    """Make a tap that keeps the tensors at some sites and changes nothing.

    Args:
        sites: where to read.
        into: the dictionary that receives one tensor a site.

    Returns:
        The tap.
    """

    def keep(site: Site, x: Tensor) -> None:
        into[site] = x

    return SiteTap(frozenset(sites), keep)


def patch(site: Site, replacement: Tensor | Callable[[Tensor], Tensor]) -> SiteTap:
    """Make a tap that replaces the tensor at one site.

    Args:
        site: where to patch.
        replacement: the new tensor, or a function from the old tensor to a new one.

    Returns:
        The tap.
    """
    return SiteTap(frozenset({site}), lambda _, x: replacement(x) if callable(replacement) else replacement)


def chain(*taps: Tap) -> Tap:
    """Make one tap of several: each sees what those before it left at the site.

    Args:
        taps: the taps, in the order in which they act.

    Returns:
        The tap; it looks at every site that one of them looks at.
    """

    def act(site: Site, x: Tensor) -> Tensor | None:
        new = None
        for tap in taps:
            answer = tap(site, x)
            if answer is not None:
                new = x = answer
        return new

    known = [getattr(tap, "sites", None) for tap in taps]
    return act if None in known else SiteTap(frozenset().union(*known), act)


def sites_of(config: "ModelConfig") -> frozenset[Site]:
    """List every site of a model.

    Args:
        config: the model's shape; without MLPs it has no MLP sites.

    Returns:
        The sites.
    """
    names = [name for name in LAYER_SITES if config.mlp or not name.startswith("mlp")]
    inside = {Site(name, layer) for name in names for layer in range(config.layers)}
    return frozenset(inside | {Site(name) for name in MODEL_SITES})


class Watch:
    """One forward pass's view of its tap: which sites are looked at, and what comes back from them.

    Args:
        tap: the tap, or None.
        sites: every site of the model.

    Raises:
        ValueError: the tap looks at a site that the model does not have.
    """

    def __init__(self, tap: Tap | None = None, sites: frozenset[Site] = frozenset()) -> None:
        self.tap = tap
        self.sites = frozenset() if tap is None else getattr(tap, "sites", sites)
        if not self.sites <= sites:
            raise ValueError(f"expected a tap on sites of this model, which are {_names(sites)}; "
                             f"got {_names(self.sites - sites)}")

    def wants(self, layer: int | None, *names: str) -> bool:
        """Whether the tap looks at any of these sites."""
        return self.tap is not None and any(Site(name, layer) in self.sites for name in names)

    def __call__(self, name: str, layer: int | None, x: Tensor) -> Tensor:
        """Show the tensor at a site to the tap; return what is to be used from here on.

        Raises:
            ValueError: the tap returned a tensor of another shape.
        """
        if not self.wants(layer, name):
            return x
        new = self.tap(Site(name, layer), x)
        if new is None:
            return x
        if new.shape != x.shape:
            raise ValueError(f"expected the tap at {Site(name, layer)} to return the shape {tuple(x.shape)}, "
                             f"got {tuple(new.shape)}")
        return new


def _names(sites: frozenset[Site]) -> str:
    """Say which sites these are, layers of one name together: "embed, q in layers 0 and 1"."""
    layers = {name: sorted(s.layer for s in sites if s.name == name and s.layer is not None) for name in SITE_NAMES}
    return ", ".join(name + (f" in layers {', '.join(map(str, layers[name]))}" if layers[name] else "")
                     for name in SITE_NAMES if any(s.name == name for s in sites))
