"""Recall of values by their keys: trained networks over learning rates, and word pairs in the language model.

The recipe was chosen on seeds from 100 on: two layers of attention did not learn sixteen pairs in 1,000 steps from
embeddings of a standard deviation of 0.3, and did in 1,500 from 0.1.
"""

from typing import Any

import torch

from deref.experiment import experiment
from deref.lm.baseline import baseline
from deref.lm.model import language_model
from deref.sections.ch07.in_context.arms import ARCHITECTURES, GRID, RATES, SEEDS
from deref.sections.ch07.in_context.word_pairs import prompts
from deref.sections.ch07.language.heads import induction_heads
from deref.sections.ch07.language.repeats import matched
from deref.sweep import Table, sweep
from deref.tasks.associative_recall import AssociativeRecallTask
from evidence.runs import Run, Store

POINTS = {(name, pairs, rate): experiment(
    f"recall-{name}-{pairs}-{rate}", config=ARCHITECTURES[name].config(pairs, RATES[rate]), seeds=SEEDS,
    about=f"Recall of {pairs} pairs, {ARCHITECTURES[name].name}, at a learning rate of {RATES[rate]:g}.")
    for name, pairs, rate in GRID}
_PROBE_SEED, _SEQUENCES = 8_000_021, 256  # of the sequences that accuracy is measured on; no training draws them

NUMBERS, PROMPTS, DRAWS = (4, 8, 16, 32), range(20), 4


@torch.no_grad()
def read(run: Run, pairs: int) -> tuple[list[float], list[float]]:
    """The share of questions that each seed answers rightly, and with any value of the sequence, on fresh sequences.

    Args:
        run: of one point.
        pairs: of its task.
    """
    task = AssociativeRecallTask(pairs=pairs)
    tokens, answers = task.sample(_SEQUENCES, "flat", torch.Generator().manual_seed(_PROBE_SEED))
    found = run.model(tokens, task.layout("flat")).argmax(-1)
    values = tokens[:, 1 : 2 * pairs : 2] - task.outputs
    known = (found[..., None] == values[:, None]).any(-1)
    right = found == answers
    return right.double().mean((1, 2)).tolist(), known.double().mean((1, 2)).tolist()


@sweep("recall", part="trained", experiments=tuple(POINTS.values()),
       about="Recall of values by their keys by attention, linear attention and a GRU, over learning rates.")
def trained(store: Store) -> Table:
    """One row for each point and seed: the steps that it took, its accuracy, and how often it names any value."""
    rows: list[dict[str, Any]] = []
    for (name, pairs, rate), one in POINTS.items():
        run = one.run(store)
        for seed, right, known in zip(run.seeds, *read(run, pairs), strict=True):
            rows.append({"network": name, "pairs": pairs, "rate": rate, "seed": seed, "right": round(right, 5),
                         "known": round(known, 5), "steps": int(run.history.step[-1])})
    return {name: [row[name] for row in rows] for name in rows[0]}


def cut_in(pairs: int) -> list[dict[str, Any]]:
    """The rows of one number of pairs: the share of right answers of each prompt, and its margin, by what is cut.

    Args:
        pairs: of the prompts.
    """
    model = language_model()
    drawn = prompts(model.words, pairs, PROMPTS)
    run, rows = baseline(model, drawn.tokens), []
    cuts = {"none": (), "induction": tuple(induction_heads()),
            **{f"random-{draw}": matched(draw) for draw in range(DRAWS)}}
    for cut, heads in cuts.items():
        logits = run.logits(drawn.readouts, without=heads)
        for prompt, right, margin in zip(PROMPTS, drawn.right(logits).tolist(), drawn.margins(logits).tolist(),
                                         strict=True):
            rows.append({"pairs": pairs, "cut": cut, "prompt": prompt, "right": round(right, 5),
                         "margin": round(margin, 4)})
    return rows


@sweep("recall", part="words",
       about="Word pairs in the language model's prompt, with its induction heads at work, off, or others off.")
def words(store: Store) -> Table:
    """One row for each number of pairs, cut and prompt."""
    rows = [row for pairs in NUMBERS for row in cut_in(pairs)]
    return {name: [row[name] for row in rows] for name in rows[0]}
