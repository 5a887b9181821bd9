"""A language model of a few hundred weights, drawn at random, and the same weights in Hugging Face's Llama."""

import torch
from torch import Tensor

from deref.lm.gguf_file import Contents, Shape
from deref.lm.model import LanguageModel

SHAPE = Shape(layers=3, width=24, heads=6, kv_heads=2, mlp=20, vocab=260, theta=1e4, epsilon=1e-5)
_PLAIN = [*range(33, 127), *range(161, 173), *range(174, 256)]  # bytes that stand for themselves in GPT-2's alphabet


def byte_alphabet() -> list[str]:
    """The characters that GPT-2's byte-pair encoding writes bytes with."""
    others = iter(range(256, 512))
    return [chr(byte) if byte in _PLAIN else chr(next(others)) for byte in range(256)]


def contents(shape: Shape = SHAPE, seed: int = 0) -> Contents:
    """Random weights, and a vocabulary of an end mark, all bytes and three merges."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator) / size[-1] ** 0.5

    def gain() -> Tensor:
        return 1 + 0.3 * torch.randn(shape.width, generator=generator)

    inner, shared = shape.heads * shape.size, shape.kv_heads * shape.size
    sizes = {"q": (inner, shape.width), "k": (shared, shape.width), "v": (shared, shape.width),
             "o": (shape.width, inner), "gate": (shape.mlp, shape.width), "up": (shape.mlp, shape.width),
             "down": (shape.width, shape.mlp)}
    blocks = tuple({**{name: 2 * draw(*size) for name, size in sizes.items()}, "attn_gain": gain(), "mlp_gain": gain()}
                   for _ in range(shape.layers))
    return Contents(shape=shape, embedding=2 * draw(shape.vocab, shape.width), final_gain=gain(), blocks=blocks,
                    tokens=("<end>", *byte_alphabet(), "th", "Ġth", "Ġthe"),
                    merges=(("t", "h"), ("Ġ", "th"), ("Ġth", "e")))


def tiny() -> LanguageModel:
    """The model of these weights."""
    return LanguageModel(contents())


def llama(found: Contents):
    """Hugging Face's Llama with the same weights.

    It keeps the two numbers of a rotated pair half a head apart, where the file has them side by side.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = found.shape
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=shape.vocab, hidden_size=shape.width, intermediate_size=shape.mlp, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.kv_heads, rms_norm_eps=shape.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": shape.theta}, tie_word_embeddings=True,
        max_position_embeddings=512, attn_implementation="eager"))
    apart = [*range(0, shape.size, 2), *range(1, shape.size, 2)]

    def halves(weight: Tensor) -> Tensor:
        return weight.unflatten(0, (-1, shape.size))[:, apart].flatten(0, 1)

    state = {"model.embed_tokens.weight": found.embedding, "model.norm.weight": found.final_gain,
             "lm_head.weight": found.embedding}
    for i, block in enumerate(found.blocks):
        inside = {"self_attn.q_proj": halves(block["q"]), "self_attn.k_proj": halves(block["k"]),
                  "self_attn.v_proj": block["v"], "self_attn.o_proj": block["o"], "mlp.gate_proj": block["gate"],
                  "mlp.up_proj": block["up"], "mlp.down_proj": block["down"], "input_layernorm": block["attn_gain"],
                  "post_attention_layernorm": block["mlp_gain"]}
        state |= {f"model.layers.{i}.{name}.weight": weight for name, weight in inside.items()}
    model.load_state_dict(state)
    return model.eval()
