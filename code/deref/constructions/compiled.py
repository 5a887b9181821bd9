"""Transformers that nobody trained and we did not write: RASP programs, compiled by Tracr.

RASP is a language whose primitives are those of attention: `select` compares what positions hold, `aggregate` fetches
from those selected, `selector_width` counts them. Tracr turns a program into weights in which every variable has
columns of its own. Our programs are

    reverse   the token at the place length - 1 - own place; from Tracr's library
    sort      each token counts the smaller ones, and goes to that place; from Tracr's library, no token twice
    hops      the token at the place named by the token at the place named by my own: a pointer followed twice

`scripts/compile_rasp.py` compiled them; the record has the weights, and inputs with the outputs that Tracr computes.
A program has one head a layer, here and there a layer whose head does nothing, and no LayerNorm. All positions see each
other; the first is BOS, where a head looks that selects nothing.

Source: Lindner et al., Tracr: Compiled Transformers as a Laboratory for Interpretability (2023), arXiv:2301.05062.
"""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors.torch import load
from torch import Tensor

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout
from evidence import compressed
from evidence.provenance.source import CODE

PROGRAMS = ("reverse", "sort", "hops")
LENGTH = 6  # of the longest input, BOS left out
RECORD = CODE.parent / "records" / "sweeps" / "compiled.safetensors.xz"
SHA256 = "70121b1709e9b9e36490b973db526bd2bf834d86a4188c81ed120531bb41a13f"
# Tracr's MLPs are made of ReLUs, our model's of GELUs. A GELU of an argument this much larger, made this much smaller
# again, is a ReLU to within 2e-13, and a power of two changes no digit.
SHARP = 2.0**40


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A compiled program.

    Args:
        model: of one seed, in double precision; it reads BOS and up to `LENGTH` tokens.
        symbols: how many tokens there are, numbered from 0; BOS has the next number.
        inputs: some inputs of the greatest length, BOS in front.
        outputs: what Tracr's own forward pass answers, in single precision; that at BOS means nothing.
    """

    model: Transformer
    symbols: int
    inputs: Int[Tensor, "input node"]
    outputs: Float[Tensor, "input node output"]


def compiled(program: str) -> Compiled:
    """Give a compiled program as a model of this book.

    Args:
        program: one of `PROGRAMS`.

    Raises:
        ValueError: another program, or a record that is missing or has another checksum.
    """
    if program not in PROGRAMS:
        raise ValueError(f"expected a compiled program, one of {', '.join(PROGRAMS)}, got {program!r}")
    given = {name.removeprefix(f"{program}."): value for name, value in _record(RECORD).items()
             if name.startswith(f"{program}.")}
    outputs, inputs = given.pop("outputs"), given.pop("inputs")
    model = _transformer({name: value.double() for name, value in given.items()})
    return Compiled(model=model, symbols=model.config.vocab - 1, inputs=inputs, outputs=outputs)


def around(length: int, readout: int) -> Layout:
    """BOS and some tokens that all see each other, read at one node.

    Args:
        length: the number of tokens, BOS left out.
        readout: the node to read, from 1 to the length.
    """
    return Layout(positions=torch.arange(length + 1), readouts=torch.tensor([readout]),
                  mask=torch.ones(length + 1, length + 1, dtype=torch.bool))


@functools.cache  # read and hashed once a process
def _record(path: Path) -> dict[str, Tensor]:
    try:
        with compressed.opened(path) as file:
            data = file.read()
    except OSError as error:
        raise ValueError(f"expected the weights of compiled programs at {path}, got none: {error.strerror}") from None
    except compressed.DAMAGED as error:
        raise ValueError(f"expected {path.name} to be compressed by xz, got: {error}: it is damaged") from None
    if (found := hashlib.sha256(data).hexdigest()) != SHA256:
        raise ValueError(f"expected {path.name} with the checksum {SHA256[:12]}…, got {found[:12]}…; if it was "
                         "compiled anew, state its checksum where it is read")
    return load(data)


def _transformer(given: dict[str, Tensor]) -> Transformer:
    """Tracr's parameters, in double precision, as those of a transformer of this book."""
    layers = 1 + max(int(name.split("/")[0].removeprefix("layer_")) for name in given if name.startswith("layer_"))
    heads, (vocab, width) = int(given["heads"]), given["token_embed.embeddings"].shape
    config = ModelConfig(vocab=vocab, outputs=given["unembed"].shape[1], length=LENGTH + 1, layers=layers, heads=heads,
                         width=width, head_size=given["layer_0/attn/query.w"].shape[1] // heads,
                         mlp=given["layer_0/mlp/linear_1.w"].shape[1], final_norm=False, block_norm=False)
    state = {"token": given["token_embed.embeddings"], "position": given["pos_embed.embeddings"],
             "unembedding.weight": given["unembed"], "unembedding.bias": given["unembed"].new_zeros(config.outputs)}
    parts = {"q": "attn/query", "k": "attn/key", "v": "attn/value", "o": "attn/linear", "mlp_in": "mlp/linear_1",
             "mlp_out": "mlp/linear_2"}
    for layer in range(layers):
        for ours, theirs in parts.items():
            weight, bias = (given[f"layer_{layer}/{theirs}.{part}"] for part in "wb")
            state[f"layers.{layer}.{ours}.weight"] = weight * {"mlp_in": SHARP, "mlp_out": 1 / SHARP}.get(ours, 1)
            state[f"layers.{layer}.{ours}.bias"] = bias * (SHARP if ours == "mlp_in" else 1)
    return Transformer.from_state(config, (0,), {name: value[None] for name, value in state.items()})
