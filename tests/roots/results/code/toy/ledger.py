"""Two claims about a coin."""

from deref.claims import Claim, Verdict


def _fair(results):
    share = results["coin.heads.share"]
    low, high = share.ci
    return Verdict("supported" if low <= 0.5 <= high else "refuted", "")


def _gold(results):
    return Verdict("supported", "")


def ledger():
    return [
        Claim(id="coin.fair", chapter=1, statement="The coin is fair.", source="a", quote="99 % fair",
              criterion_text="A half lies in the interval.", needs=("coin.heads.share",), expected="supported",
              criterion=_fair),
        Claim(id="coin.gold", chapter=1, statement="The coin is gold.", source="b", quote="all gold",
              criterion_text="Weighed.", needs=("coin.weight.grams",), expected="supported", criterion=_gold),
    ]
