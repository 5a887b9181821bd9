"""The claims of the section "Recall in context"."""

from evidence.claims.claim import SUPPORTED, Claim
from evidence.claims.criterion import Criterion, Test, above, all_of, below

_RATES = {"1": "0.001", "3": "0.003", "10": "0.01", "30": "0.03"}
_PAIRS = (4, 8, 16, 32)
_RIGHT = "the share of questions answered rightly by"


def _recalls(network: str, rate: str, name: str) -> Test:
    return all_of(*(above(f"recall.{network}.{pairs}.at-{rate}", "90%",
                          f"{_RIGHT} {name} at a learning rate of {_RATES[rate]}, {pairs} pairs,")
                    for pairs in (8, 16)))


def _at_no_rate(network: str, name: str) -> Test:
    return all_of(*(below(f"recall.{network}.8.at-{rate}", "50%", f"{_RIGHT} {name} at a learning rate of {shown}")
                    for rate, shown in _RATES.items()))


CLAIMS = (
    Claim(
        id="ours.recall-needs-lookup", chapter=7, source="ours",
        statement="Values are recalled by networks that compare the question with every key, be it by a softmax or by "
                  "linear weights; a recurrent network of the same width, trained the same way, does not get there.",
        quote="Key-value recall is learned by comparing, not by a state as wide as a token",
        setting="Pairs of one of 128 keys and one of 128 values, then all keys again; width 64, 1,500 steps, five "
                "seeds. Each network was trained at four learning rates. For the two that should recall, the rate "
                "that is judged was chosen on other seeds (from 100 on); those that should not are judged at all four. "
                "Linear attention is given the token before. (At first four pairs were to be judged in the last two "
                "parts. The first point that was trained showed that two layers of attention do not learn these in "
                "the time either; the criterion was changed before anything was trained on eight or sixteen.)",
        criterion=Criterion(parts={
            "two layers of attention recall eight pairs and sixteen": _recalls(
                "attention-2", "3", "two layers of attention"),
            "one layer of linear attention does": _recalls("linear", "10", "linear attention"),
            "one layer of attention does not recall eight": _at_no_rate("attention-1", "one layer of attention"),
            "neither does the recurrent network": _at_no_rate("gru", "a GRU"),
        }),
        power="In pilots networks either answered more than nine in ten questions or little more than a guess among "
              "the values; five seeds that agree settle a part.",
        expected=SUPPORTED,
    ),
    Claim(
        id="ours.words-need-induction", chapter=7, source="ours",
        statement="A language model recalls word pairs of its prompt by its induction heads.",
        quote="In a prompt of word pairs, the answers hang on the induction heads",
        setting="4, 8, 16 or 32 pairs of words, said once and then again in another order; twenty prompts of each "
                "number. What is judged is the margin of the right value above the other values of the prompt. The "
                "eight induction heads are those that look most at what followed in random tokens that repeat; the "
                "control is eight other heads of the same layers, four draws. Heads that are off give their mean.",
        criterion=Criterion(parts={
            "most of the margin is lost without them": all_of(*(above(
                f"recall.words.{pairs}.lost", "50%", f"the share of the margin of {pairs} pairs that is lost")
                for pairs in _PAIRS)),
            "more is lost than without as many others": all_of(*(above(
                f"recall.words.{pairs}.beyond", "10%",
                f"that share for {pairs} pairs, less the share lost without eight random heads,")
                for pairs in _PAIRS)),
        }),
        power="Six trial prompts lost nearly all of their margin, whatever they were; twenty settle both parts.",
        expected=SUPPORTED,
    ),
)
