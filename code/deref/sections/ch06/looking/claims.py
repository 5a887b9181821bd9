"""The claims of the section "Where a word looks"."""

from evidence.claims.claim import EXACT, SUPPORTED, Claim, Criterion
from evidence.claims.criterion import above, all_of, at_most

_CLOSE = "1e-4"

CLAIMS = (
    Claim(
        id="d.visualizer", chapter=6, source="d", kind=EXACT,
        statement="In an attention visualizer the reader picks a word and sees where it looks.",
        quote="The selected word asks a question. Attention assigns weight to every word that can help answer it.",
        setting="Over every word of every sentence, every layer and head.",
        criterion=Criterion(parts={"the page shows where every word looks": all_of(
            at_most("looking.gap", _CLOSE, "the largest difference between a shown weight and that of PyTorch's own "
                                           "attention"),
            at_most("looking.rows", _CLOSE, "the largest difference of the sum of a row of weights from 1"),
            above("looking.words", "0", "the number of words"),
            at_most("looking.unseen", "0", "the number of words without weights"))}),
        expected=SUPPORTED,
    ),
)
