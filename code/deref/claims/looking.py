"""The claim that readers can see where a word looks."""

from collections.abc import Mapping

from deref.claims.claim import REFUTED, SUPPORTED, ByHand, Claim, Verdict
from deref.records import Record

CLOSE = 1e-4


def _visualizer(results: Mapping[str, Record]) -> Verdict:
    close = results["looking.gap"].value <= CLOSE and results["looking.rows"].value <= CLOSE
    whole = results["looking.words"].value > 0 and results["looking.unseen"].value == 0
    return Verdict(SUPPORTED if close and whole else REFUTED)


CLAIMS = (
    Claim(
        id="d.visualizer", chapter=6, source="d",
        statement="In an attention visualizer the reader picks a word and sees where it looks.",
        quote="The selected word asks a question. Attention assigns weight to every word that can help answer it.",
        criterion=ByHand(
            needs=("looking.gap", "looking.rows", "looking.words", "looking.unseen"),
            text="Over every word of every sentence, every layer and head: what the page shows differs by at "
                 "most 1e-4 from the weights that PyTorch's own attention gives, the weights of a row sum to 1 "
                 "within 1e-4, and no word is without weights. Refuted otherwise.",
            function=_visualizer,
            reason="to be declared",
        ),
        expected=SUPPORTED,
    ),
)
