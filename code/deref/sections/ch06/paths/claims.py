"""The claims of the section "Direct path against recurrent path"."""

from evidence.claims.claim import MIXED, Claim, Criterion
from evidence.claims.criterion import above, all_of, any_of, at_least, at_most, below, within

TRANSFORMERS = {"no-positions": "the transformer without positions", "positions": "the transformer with positions"}
CELLS = {"rnn": "the RNN", "gru": "the GRU", "lstm": "the LSTM"}
BETWEEN = 63  # tokens between the first and the question
CHANGES = {"by-length": "from 8 to 64 tokens of training", "by-distance": "from the nearest to the farthest quarter",
           "beyond": "from 64 tokens to 256"}

CLAIMS = (
    Claim(
        id="d.direct-path", chapter=6, source="d",
        statement="With attention the last token reaches the first in one step; a recurrent network reaches it through "
                  "every state in between.",
        quote="token 100 can attend to token 1 without passing through 99 hidden-state updates",
        setting="A note at one of 64 tokens, eight seeds, of the GRU twenty-four. Gradients are cut at one token "
                "between the first and the question: where the answer's gradient by the note is then exactly zero, "
                "everything goes through that token. The gradient at distance 64 is compared with that at distance 1 "
                "in powers of ten, and distant notes stand 33 to 64 tokens back. Up to version 0.2.0 recall was "
                "compared with the transformer's; the bar at 95% came after that had been seen.",
        power="Eight seeds: networks that recall everything have no spread, and eight equal seeds settle a comparison "
              "that is read together with three others.",
        criterion=Criterion(parts={
            "the paths are as said": all_of(
                at_most("paths.positions.narrows", "0", "the number of tokens that everything goes through in the "
                        "transformer"),
                *(at_least(f"paths.{cell}.narrows", str(BETWEEN), f"that in {name}") for cell, name in CELLS.items())),
            "before training the gradient fades in every recurrent network and not in the transformer": all_of(
                within("paths.positions.fade-untrained", "\N{MINUS SIGN}1", "1",
                       "the change of the transformer's gradient over distance"),
                *(below(f"paths.{cell}.fade-untrained", "\N{MINUS SIGN}1", f"that of {name}")
                  for cell, name in CELLS.items())),
            "after training the transformer recalls distant notes and every recurrent network loses some": all_of(
                above("paths.positions.far", "95%", "the transformer's recall of distant notes"),
                *(below(f"paths.{cell}.far", "95%", f"that of {name}") for cell, name in CELLS.items())),
        }),
        expected=MIXED,
    ),
    Claim(
        id="e.no-decay", chapter=6, source="e",
        statement="A longer context does not degrade what attention recalls in the way that it does for a recurrent "
                  "network.",
        quote="increasing context length doesn't degrade quality the way RNNs did",
        setting="Three changes of recall: from networks trained on 8 tokens to such trained on 64; from the nearest "
                "quarter of 64 tokens to the farthest; from 64 tokens to 256 in networks trained on 64. Eight seeds, "
                "of the GRU twenty-four. A network bears a change above minus one point, and loses by one below minus "
                "five points.",
        power="Twenty-four seeds of the GRU, whose losses beyond the trained length are near the bar; the others are "
              "far from theirs, and eight equal seeds settle a comparison.",
        criterion=Criterion(parts={
            **{f"{name} bears all three changes": all_of(*(
                above(f"paths.{net}.{change}", "\N{MINUS SIGN}1%", f"the change {what} of {name}")
                for change, what in CHANGES.items())) for net, name in TRANSFORMERS.items()},
            **{f"{name} loses by one of them": any_of(*(
                below(f"paths.{net}.{change}", "\N{MINUS SIGN}5%", f"the change {what} of {name}")
                for change, what in CHANGES.items())) for net, name in CELLS.items()},
        }),
        expected=MIXED,
    ),
)
