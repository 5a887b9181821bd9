"""The claims of the section "Adding knowledge"."""

from evidence.claims.claim import MIXED, Claim
from evidence.claims.criterion import Criterion, above, all_of, below

CLAIMS = (
    Claim(
        id="e.knowledge-in-mlp", chapter=7, source="e",
        statement="Knowledge lives in the MLPs and can be added without changing attention.",
        quote="You can add knowledge via fine-tuning without changing the attention mechanism",
        setting="Five seeds that have learnt notes and old facts to the end. Copies of them learn new facts mixed with "
                "old ones and notes: one with its MLPs alone, one with attention alone. 62.5% of the new facts is half "
                "of the way from guessing to all. Up to version 0.2.0 the first training was half as long and had not "
                "found all notes; the thresholds are unchanged.",
        criterion=Criterion(parts={
            "facts can be added through the MLPs, with lookups kept": all_of(
                above("knowledge.mlp-mixed.new", "95%", "the share of new facts that new MLPs know"),
                above("knowledge.mlp-mixed.notes", "95%", "the share of notes that they still find")),
            "attention stays what it was": below(
                "knowledge.mlp-mixed.moved.2", "10%",
                "the share of its weight that moves in layer 2, the one behind a trained MLP,"),
            "attention alone does not learn facts": below(
                "knowledge.attention-mixed.new", "62.5%", "the share of new facts that attention alone knows")}),
        power="Five seeds: on five others, on which the first training was chosen, each part came out the same way.",
        expected=MIXED,
    ),
)
