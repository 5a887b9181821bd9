"""Edges of attention patched in plain loops: what probes of edges must agree with."""

import math

import torch

from deref.model.taps import Site, SiteTap
from deref.probes.base.tappable import run_and_read


def streams_of(model, tokens, layout):
    """Keys, values and the stream that enters the first block, by (name, layer)."""
    layers = range(model.config.layers)
    sites = [Site("resid_pre", 0), *(Site(name, layer) for layer in layers for name in "kv")]
    return run_and_read(model, tokens, layout, sites)[1]


def margins(model, pairs, edges, keys, values, *, resid=None):
    """The margins when each of some edges shows other keys and values, computed one number of the map at a time.

    Args:
        edges: all of them patched together.
        keys, values: by site, of the size of those of the model.
        resid: the stream that enters the first block; None is the clean one.
    """
    seen = {}

    def act(site, x):
        seen[site.name] = x
        here = [edge for edge in edges if edge.layer == site.layer]
        if not here or site.name not in ("scores", "z"):
            return None
        x = x.clone()
        for edge in here:
            key, value = keys[Site("k", edge.layer)], values[Site("v", edge.layer)]
            row = (slice(None), slice(None), edge.head, edge.query)
            if site.name == "scores":
                x[*row, edge.key] = (seen["q"][row] * key[:, :, edge.head, edge.key]).sum(-1) / math.sqrt(key.shape[-1])
            else:
                weight = seen["pattern"][*row, edge.key][..., None]
                x[row] += weight * (value[:, :, edge.head, edge.key] - seen["v"][:, :, edge.head, edge.key])
        return x

    names = ("q", "k", "v", "scores", "pattern", "z")
    tap = SiteTap(frozenset(Site(name, layer) for layer in range(model.config.layers) for name in names), act)
    start = streams_of(model, pairs.clean, pairs.layout)[Site("resid_pre", 0)] if resid is None else resid
    with torch.no_grad():
        return pairs.margin(model.from_layer(0, start, pairs.layout, tap))


class Counted:
    """A model that counts the sequences it is run on, parts of a run as whole ones."""

    def __init__(self, model):
        self.model, self.sequences = model, 0

    def __call__(self, tokens, layout, *, tap=None):
        self.sequences += tokens.shape[-2]
        return self.model(tokens, layout, tap=tap)

    def from_layer(self, layer, resid, layout, tap=None):
        self.sequences += resid.shape[1]
        return self.model.from_layer(layer, resid, layout, tap)

    def __getattr__(self, name):
        return getattr(self.model, name)
