# /// script
# requires-python = ">=3.11"
# dependencies = ["tracr-pypi==1.0.0", "jax==0.10.2", "dm-haiku==0.0.17", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""Compile RASP programs to transformers with Tracr, and write their weights as the record that the book reads.

    uv run scripts/compile_rasp.py

The book never imports Tracr or JAX: this script runs in an environment of its own, with the versions above, and
`deref.constructions.compiled` reads what it writes and states its checksum. Beside the parameters, under Tracr's names,
stand the unembedding and some inputs with the outputs that Tracr's own forward pass gives them.

Tokens are numbered anew: the symbols of the vocabulary in order, then BOS. There is no padding.
"""

import hashlib
import lzma
from pathlib import Path

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save
from tracr.compiler import compiling, lib
from tracr.compiler.assemble import AssembledTransformerModel
from tracr.rasp import rasp

RECORD = Path(__file__).parents[1] / "records" / "sweeps" / "compiled.safetensors.xz"
LENGTH = 6  # of the longest input, BOS left out
BOS = "BOS"
SAMPLES = 32


def followed(pointers: rasp.SOp) -> rasp.SOp:
    """The token at the place that each pointer names."""
    return rasp.Aggregate(rasp.Select(rasp.indices, pointers, rasp.Comparison.EQ), rasp.tokens)


PROGRAMS = {"reverse": (lib.make_reverse(rasp.tokens), "abc"),
            "sort": (lib.make_sort_unique(rasp.tokens, rasp.tokens), range(1, 8)),
            "hops": (followed(followed(rasp.tokens)), range(LENGTH))}


def tensors(name: str) -> dict[str, np.ndarray]:
    """The parameters of one compiled program, and samples of what it answers."""
    program, symbols = PROGRAMS[name]
    model = compiling.compile_rasp_to_model(program, set(symbols), LENGTH, compiler_bos=BOS)
    ids = np.array([model.input_encoder.encoding_map[symbol] for symbol in (*symbols, BOS)])
    found = {f"{module.removeprefix('transformer/')}.{part}": np.array(value)
             for module, parts in model.params.items() for part, value in parts.items()}
    found["token_embed.embeddings"] = found["token_embed.embeddings"][ids]
    found["heads"] = np.array(model.model_config.num_heads)
    found["unembed"] = np.array(_logits(model, None))
    tokens = _inputs(name, len(symbols))
    found["inputs"], found["outputs"] = tokens, np.array(_logits(model, jnp.array(ids[tokens])))
    return {f"{name}.{key}": np.ascontiguousarray(value) for key, value in found.items()}


def _logits(model: AssembledTransformerModel, tokens: jax.Array | None) -> jax.Array:
    """What the model answers before the largest logit is taken, or its unembedding where there are no tokens."""
    def forward() -> jax.Array:
        compiled = model.get_compiled_model()
        compiled.use_unembed_argmax = False
        if tokens is None:
            return compiled.unembed(jnp.eye(len(model.residual_labels)), use_unembed_argmax=False)
        return compiled(tokens, use_dropout=False).unembedded_output

    return hk.without_apply_rng(hk.transform(forward)).apply(model.params)


def _inputs(name: str, symbols: int) -> np.ndarray:
    """Inputs of the greatest length, each after BOS; those to sort have no token twice."""
    generator = np.random.default_rng(0)
    rows = generator.random((SAMPLES, symbols)).argsort(1) if name == "sort" else \
        generator.integers(symbols, size=(SAMPLES, LENGTH))
    return np.pad(rows[:, :LENGTH], ((0, 0), (1, 0)), constant_values=symbols)


if __name__ == "__main__":
    data = save({key: value for name in PROGRAMS for key, value in tensors(name).items()})
    RECORD.write_bytes(lzma.compress(data, preset=9))
    print(f"wrote {RECORD.name}, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}; "
          "state it in deref.constructions.compiled")
