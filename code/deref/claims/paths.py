"""The claims about what can be done without attention, and about distance and length."""

from collections.abc import Mapping

from deref.claims.claim import MIXED, REFUTED, SUPPORTED, ByHand, Claim, Verdict, above, below
from deref.records import Record

Results = Mapping[str, Record]
SIZES = (8, 16, 32)
KINDS = {"bag": "a bag of bits", "position-wise": "a position-wise network", "convolution": "convolutions",
         "mlp": "an MLP of the whole input", "gru": "a GRU", "lstm": "an LSTM"}
TRANSFORMERS = {"positions": "the transformer with positions", "no-positions": "the transformer without positions"}
CELLS = {"rnn": "the RNN", "gru": "the GRU", "lstm": "the LSTM"}
BETWEEN = 63  # tokens between the first and the question
CHANGES = {"by-length": "a longer context in training", "by-distance": "distance",
           "beyond": "a context longer than trained on"}


def _needs_lookup(results: Results) -> Verdict:
    solve = {name: [size for size in SIZES if above(results[f"baselines.{kind}.{size}.solved"], 0.5)]
             for kind, name in KINDS.items()}
    beat = {name: [size for size in SIZES if above(results[f"baselines.{kind}.{size}.accuracy"],
                                                   results[f"baselines.guess.{size}"].value)]
            for kind, name in KINDS.items()}
    if any(solve.values()):
        return Verdict(REFUTED, f"solved by {_sizes(solve)}")
    if any(beat.values()):
        return Verdict(MIXED, f"no network solves any size, but guessing is beaten by {_sizes(beat)}")
    return Verdict(SUPPORTED)


def _sizes(found: dict[str, list[int]]) -> str:
    return "; ".join(f"{name} at {', '.join(map(str, sizes))} cells" for name, sizes in found.items() if sizes)


def _direct_path(results: Results) -> Verdict:
    if results["paths.positions.narrows"].value != 0 or any(
            results[f"paths.{cell}.narrows"].value != BETWEEN for cell in CELLS):
        return Verdict(REFUTED, "the paths are not as said")
    level = above(results["paths.positions.fade-untrained"], -1) and below(results["paths.positions.fade-untrained"], 1)
    fading = [name for cell, name in CELLS.items() if level and below(results[f"paths.{cell}.fade-untrained"], -1)]
    reached = results["paths.positions.far"]
    floor = reached.ci[0] if reached.ci else reached.value
    worse = [name for cell, name in CELLS.items() if below(results[f"paths.{cell}.far"], floor)]
    if len(fading) == len(worse) == len(CELLS):
        return Verdict(SUPPORTED)
    return Verdict(MIXED, f"the paths are as said; before training the gradient fades with distance more than in the "
                          f"transformer for {_names(fading)}; after training distant notes are recalled less well by "
                          f"{_names(worse)}")


def _names(found: list[str]) -> str:
    return ", ".join(found) or "none of the recurrent networks"


def _no_decay(results: Results) -> Verdict:
    held = {name: [what for key, what in CHANGES.items() if above(results[f"paths.{net}.{key}"], -0.01)]
            for net, name in TRANSFORMERS.items()}
    fallen = {name: [what for key, what in CHANGES.items() if below(results[f"paths.{net}.{key}"], -0.05)]
              for net, name in CELLS.items()}
    if all(len(kept) == len(CHANGES) for kept in held.values()) and all(fallen.values()):
        return Verdict(SUPPORTED)
    if not any(held.values()) or not any(fallen.values()):
        return Verdict(REFUTED)
    return Verdict(MIXED, "; ".join([f"{name} bears {' and '.join(kept) or 'none of it'}"
                                     for name, kept in held.items()]
                                    + [f"{name} loses by {' and '.join(lost) or 'none of it'}"
                                       for name, lost in fallen.items()]))


CLAIMS = (
    Claim(
        id="a.needs-lookup", chapter=6, source="a",
        statement="A model without a lookup mechanism can only guess on the pointer task.",
        quote="a model with no lookup mechanism cannot do better than guessing",
        criterion=ByHand(
            needs=(*(f"baselines.guess.{size}" for size in SIZES),
                   *(f"baselines.{kind}.{size}.{what}" for kind in KINDS for size in SIZES
                     for what in ("accuracy", "solved"))),
            text="Six kinds of network without attention, memories of 8, 16 and 32 cells, five seeds each. "
                 "Refuted if for one kind and one size the interval of the share of seeds that solve the task "
                 "lies above one half. Supported if no kind at any size has an accuracy above that of the "
                 "memory's majority, by its whole interval. Mixed otherwise.",
            function=_needs_lookup,
            reason="to be declared",
        ),
        expected=REFUTED,
    ),
    Claim(
        id="d.direct-path", chapter=6, source="d",
        statement="With attention the last token reaches the first in one step; a recurrent network reaches it through "
                  "every state in between.",
        quote="token 100 can attend to token 1 without passing through 99 hidden-state updates",
        criterion=ByHand(
            needs=(*(f"paths.{net}.{what}" for net in ("positions", *CELLS) for what in ("narrows", "fade-untrained")),
                   *(f"paths.{net}.far" for net in ("positions", *CELLS))),
            text="A note at the first of 64 tokens. With gradients cut at one token in between, the answer's "
                 "gradient by the note is exactly zero for none of the 63 tokens in the transformer, and for "
                 "each of them in an RNN, a GRU and an LSTM: otherwise refuted. Supported if also, before "
                 "training, the gradient at distance 64 is within a factor of ten of that at distance 1 in the "
                 "transformer and less than a tenth of it in each recurrent network, and if after training each "
                 "recurrent network recalls notes at distances 33 to 64 less well than the transformer. Whole "
                 "intervals over five seeds. Mixed where only some of them do.",
            function=_direct_path,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
    Claim(
        id="e.no-decay", chapter=6, source="e",
        statement="A longer context does not degrade what attention recalls in the way that it does for a recurrent "
                  "network.",
        quote="increasing context length doesn't degrade quality the way RNNs did",
        criterion=ByHand(
            needs=tuple(f"paths.{net}.{change}" for net in (*TRANSFORMERS, *CELLS) for change in CHANGES),
            text="Three changes of recall: from networks trained on 8 tokens to such trained on 64; from the "
                 "nearest quarter of 64 tokens to the farthest; from 64 tokens to 256 in networks trained on 64. "
                 "A network bears a change above minus one point, and loses by one below minus five points, with "
                 "its whole interval over five seeds. Supported if transformers with and without positions bear "
                 "all three, and an RNN, a GRU and an LSTM lose by at least one each. Refuted if the "
                 "transformers bear none or the recurrent networks lose by none. Mixed otherwise.",
            function=_no_decay,
            reason="to be declared",
        ),
        expected=MIXED,
    ),
)
