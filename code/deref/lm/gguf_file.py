"""Reading the file of weights: shapes, matrices and words, as data.

GGUF is a header of named values and a list of tensors, some of them quantised in blocks of 32 weights that share a
scale and an offset. The package `gguf` of the format's authors parses and dequantises it; nothing in the file is run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deref.lm.gguf_header import check_header

MATRICES = {"q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output",
            "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down"}
GAINS = {"attn_gain": "attn_norm", "mlp_gain": "ffn_norm"}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The shape of a model of the Llama family.

    Args:
        layers: number of blocks.
        width: of the residual stream.
        heads: of queries in a block.
        kv_heads: of keys and values in a block; each serves heads / kv_heads queries.
        mlp: hidden units of an MLP.
        vocab: number of tokens.
        theta: base of the wavelengths of rotary positions.
        epsilon: what RMSNorm adds under the root.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    mlp: int
    vocab: int
    theta: float
    epsilon: float

    @property
    def size(self) -> int:
        """The size of a head, K."""
        return self.width // self.heads


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """What a file of weights holds.

    Args:
        shape: of the model.
        embedding: (vocabulary, width); the unembedding is the same matrix.
        final_gain: of the last norm, (width,).
        blocks: for each block, matrices by the keys of `MATRICES`, (out, in), and gains by those of `GAINS`, (width,).
        tokens: the text of each token, in the byte alphabet of GPT-2.
        merges: which two pieces become one, most frequent first.
    """

    shape: Shape
    embedding: Tensor
    final_gain: Tensor
    blocks: tuple[dict[str, Tensor], ...]
    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]


def read_file(path: Path) -> Contents:
    """Read a model of the Llama family from a GGUF file, every weight as a float32.

    Args:
        path: of the file.

    Returns:
        Its contents.

    Raises:
        ValueError: no such file, another architecture, another tokeniser, or an unembedding of its own.
        OSError: it cannot be read.
    """
    check_header(path)
    try:
        return _contents(path)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"expected {path} to hold a model of the Llama family as GGUF, but {error}") from error


def _contents(path: Path) -> Contents:
    from gguf import GGUFReader
    from gguf.quants import dequantize

    reader = GGUFReader(path)
    stored = {one.name: one for one in reader.tensors}

    def value(key: str) -> Any:
        return reader.fields[key].contents()

    def tensor(name: str) -> Tensor:
        one = stored[name]
        return torch.from_numpy(np.array(dequantize(one.data, one.tensor_type), dtype=np.float32))

    kind = value("general.architecture"), value("tokenizer.ggml.model"), value("tokenizer.ggml.pre")
    if kind != ("llama", "gpt2", "smollm") or "output.weight" in stored:
        raise ValueError("expected a llama with a gpt2 tokeniser of the kind smollm and one matrix to embed and "
                         f"unembed, got {', '.join(kind)}")
    shape = Shape(
        layers=value("llama.block_count"), width=value("llama.embedding_length"),
        heads=value("llama.attention.head_count"), kv_heads=value("llama.attention.head_count_kv"),
        mlp=value("llama.feed_forward_length"), vocab=value("llama.vocab_size"),
        theta=value("llama.rope.freq_base"), epsilon=value("llama.attention.layer_norm_rms_epsilon"))
    names = MATRICES | GAINS
    return Contents(
        shape=shape, embedding=tensor("token_embd.weight"), final_gain=tensor("output_norm.weight"),
        blocks=tuple({key: tensor(f"blk.{i}.{name}.weight") for key, name in names.items()}
                     for i in range(shape.layers)),
        tokens=tuple(value("tokenizer.ggml.tokens")),
        merges=tuple(tuple(pair.split(" ")) for pair in value("tokenizer.ggml.merges")))
