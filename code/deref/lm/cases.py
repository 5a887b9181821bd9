"""Cases: sentences that break off where the next token depends on an earlier one, as one batch."""

import dataclasses
from collections.abc import Collection, Sequence
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.baseline import TextRun, baseline, watch_edges
from deref.lm.model import LanguageModel, causal_layout
from deref.lm.words import Words
from deref.model.taps import chain
from deref.probes.base.tappable import Head


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A sentence that breaks off where the next token depends on an earlier one.

    Args:
        text: up to where it breaks off.
        target: the piece of it that decides; where it stands twice, the first is meant.
        right: the token that should follow.
        wrong: the token that it is compared with.
    """

    text: str
    target: str
    right: str
    wrong: str


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Cases as tokens.

    Args:
        model: that reads them.
        tokens: (B, N).
        asking: where each sentence breaks off.
        targets: where the deciding piece of each stands.
        right: the token that should follow each.
        wrong: the token that it is compared with.
    """

    model: LanguageModel
    tokens: Int[Tensor, "batch node"]
    asking: Int[Tensor, "batch"]
    targets: Int[Tensor, "batch"]
    right: Int[Tensor, "batch"]
    wrong: Int[Tensor, "batch"]

    @cached_property
    def clean(self) -> TextRun:
        """The clean run."""
        return baseline(self.model, self.tokens)

    def margins(self, without: Collection[Head] = ()) -> Float[Tensor, "batch"]:
        """How far the right token's logit is above the wrong one's, with some heads off."""
        asked = sorted(set(self.asking.tolist()))
        logits = self.clean.logits(asked, without=without)
        at = torch.tensor([asked.index(node) for node in self.asking.tolist()])
        rows = torch.arange(len(at))
        return logits[rows, at, self.right] - logits[rows, at, self.wrong]

    def weights(self) -> tuple[Float[Tensor, "layer head batch"], Float[Tensor, "layer head batch"]]:
        """Weight of every head, where a sentence breaks off, on the piece that decides and on another piece.

        Returns:
            On the piece that decides, and on the others on average, the first token not counted.
        """
        on = self._edges(self.targets[:, None] == torch.arange(self.tokens.shape[1]))
        nodes = torch.arange(self.tokens.shape[1])
        others = (nodes > 0) & (nodes <= self.asking[:, None]) & (nodes != self.targets[:, None])
        layers, found = range(self.model.shape.layers), ([], [])
        watching = [watch_edges(edges, layers, into)
                    for edges, into in zip((on, self._edges(others)), found, strict=True)]
        # One run, and not a rerun of `clean`: from the first block on nothing would be saved.
        self.model(self.tokens, causal_layout(self.tokens.shape[1], [0]), tap=chain(*watching))
        target, rest = (torch.stack(into).transpose(1, 2) for into in found)
        return target, rest / others.sum(-1)

    def _edges(self, keys: Bool[Tensor, "batch key"]) -> Bool[Tensor, "batch query key"]:
        asking = self.asking[:, None] == torch.arange(self.tokens.shape[1])
        return asking[:, :, None] & keys[:, None, :]


def batch_of(model: LanguageModel, cases: Sequence[Case]) -> Batch:
    """Turn cases into tokens.

    Args:
        model: that will read them.
        cases: the sentences.

    Raises:
        ValueError: a piece or a continuation that is not one token, or a piece that does not stand in its sentence.
    """
    words: Words = model.words
    tokens = words.batch([case.text for case in cases])
    asking = torch.tensor([len(words.tokens(case.text)) for case in cases])  # the first token shifts all by one
    targets = []
    for case, row in zip(cases, tokens.tolist(), strict=True):
        if words.one(case.target) not in row:
            raise ValueError(f"expected {case.target!r} to stand in {case.text!r}, got {words.pieces(row)}")
        targets.append(row.index(words.one(case.target)))
    return Batch(model=model, tokens=tokens, asking=asking, targets=torch.tensor(targets),
                 right=torch.tensor([words.one(case.right) for case in cases]),
                 wrong=torch.tensor([words.one(case.wrong) for case in cases]))
