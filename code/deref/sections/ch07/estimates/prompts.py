"""What the estimates are tried on: pairs of prompts of two kinds, all of one kind equally long."""

import torch

from deref.lm.model import LanguageModel, causal_layout
from deref.lm.words import BOS, SPECIAL
from deref.probes.base.pairs import Pairs
from deref.tasks.layout import Layout

HALF, ASKED, OTHER = 6, 2, 4
"""Tokens that are repeated; which of them stands last; which of them it changes places with in the corrupted prompt."""

PEOPLE = (("Lisa", "Brian"), ("Kevin", "Rachel"), ("Steven", "Nancy"), ("Eric", "Linda"), ("Jason", "Amy"),
          ("Daniel", "Maria"), ("Andrew", "Karen"), ("Matthew", "Diana"))
PLACES = ("school", "park", "station", "hospital", "beach", "market", "garden", "office")
GIFTS = ("ball", "letter", "box", "book", "cup", "key", "camera", "ticket")


def repeats(seeds: range, vocab: int) -> Pairs:
    """Six tokens drawn at random and the first three of them again: what follows is the fourth.

    In the corrupted prompt the third has changed places with the fifth, so that the sixth follows.

    Args:
        seeds: of the draws.
        vocab: number of tokens; the marks of the training data are never drawn.
    """
    first = torch.stack([torch.randint(SPECIAL, vocab, (HALF,), generator=torch.Generator().manual_seed(seed))
                         for seed in seeds])
    swapped = first.clone()
    swapped[:, [ASKED, OTHER]] = first[:, [OTHER, ASKED]]
    start, again = torch.full((len(first), 1), BOS), first[:, : ASKED + 1]
    clean, corrupted = (torch.cat([start, half, again], 1) for half in (first, swapped))
    return Pairs(layout=_ending(clean.shape[1]), clean=clean, corrupted=corrupted, answers=first[:, ASKED + 1],
                 others=first[:, OTHER + 1])


def names(model: LanguageModel) -> Pairs:
    """Of two people one gives the other something, and the sentence breaks off before the other's name.

    In the corrupted prompt the other one gives. Who is named first changes from prompt to prompt.

    Args:
        model: whose tokens they are.
    """
    words, texts, answers = model.words, {"clean": [], "corrupted": []}, []
    for i, (pair, place, gift) in enumerate(zip(PEOPLE, PLACES, GIFTS, strict=True)):
        receives, gives = pair if i % 2 else pair[::-1]
        for which, giver in (("clean", gives), ("corrupted", receives)):
            texts[which].append(f"Then {pair[0]} and {pair[1]} went to the {place}, and {giver} gave the {gift} to")
        answers.append([words.one(f" {receives}"), words.one(f" {gives}")])
    clean, corrupted = (words.batch(some) for some in texts.values())
    right, wrong = torch.tensor(answers).T
    return Pairs(layout=_ending(clean.shape[1]), clean=clean, corrupted=corrupted, answers=right, others=wrong)


def _ending(size: int) -> Layout:
    return causal_layout(size, [size - 1])
