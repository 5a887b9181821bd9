"""A second opinion: a model's weights in GPT-2 of the transformers library, read and patched by the library nnsight.

Neither shares a line with this project, from embedding to intervention.
"""

import torch
from nnsight import NNsight
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from deref.model.transformer import Transformer


def gpt2(model: Transformer) -> NNsight:
    """Copy a model of one seed, with MLPs, all its LayerNorms and no bias in the unembedding."""
    config = model.config
    assert len(model.seeds) == 1 and config.mlp and config.block_norm and config.final_norm
    assert config.heads * config.K == config.width and not model.unembedding.bias.any()
    copy = GPT2LMHeadModel(GPT2Config(
        vocab_size=config.outputs, n_positions=config.length, n_embd=config.width, n_layer=config.layers,
        n_head=config.heads, n_inner=config.mlp, activation_function="gelu", attn_implementation="eager",
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, tie_word_embeddings=False, use_cache=False, bos_token_id=None,
        eos_token_id=None)).to(model.token.dtype).eval()
    one = {name: value[0] for name, value in model.state_dict().items()}
    body = copy.transformer
    with torch.no_grad():
        body.wte.weight.copy_(one["token"])
        body.wpe.weight.copy_(model.position[0])
        copy.lm_head.weight.copy_(one["unembedding.weight"].T)
        _copy(body.ln_f, one["final_norm.weight"], one["final_norm.bias"])
        for i, block in enumerate(body.h):
            part = {name: (one[f"layers.{i}.{name}.weight"], one[f"layers.{i}.{name}.bias"])
                    for name in ("attn_norm", "q", "k", "v", "o", "mlp_norm", "mlp_in", "mlp_out")}
            _copy(block.attn.c_attn, *(torch.cat([part[x][end] for x in "qkv"], dim=-1) for end in (0, 1)))
            for name, there in (("attn_norm", block.ln_1), ("o", block.attn.c_proj), ("mlp_norm", block.ln_2),
                                ("mlp_in", block.mlp.c_fc), ("mlp_out", block.mlp.c_proj)):
                _copy(there, *part[name])
    return NNsight(copy)


def _copy(module: torch.nn.Module, weight: Tensor, bias: Tensor) -> None:
    module.weight.copy_(weight)
    module.bias.copy_(bias)
