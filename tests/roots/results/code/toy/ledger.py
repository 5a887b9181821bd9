"""Two claims about a coin."""

from evidence.claims import ByHand, Claim, Verdict


def _fair(results):
    share = results["coin.heads.share"]
    low, high = share.ci
    return Verdict("supported" if low <= 0.5 <= high else "refuted", "")


def _gold(results):
    return Verdict("supported", "")


def _by_hand(text, needs, function):
    return ByHand(needs=needs, text=text, function=function, reason="The toy declares nothing.")


def ledger():
    """In another order than that in which readers meet them."""
    return [
        Claim(id="coin.gold", chapter=1, statement="The coin is gold.", source="b", quote="all gold",
              expected="supported", criterion=_by_hand("Weighed.", ("coin.weight.grams",), _gold)),
        Claim(id="coin.fair", chapter=1, statement="The coin is fair.", source="a", quote="99 % fair",
              expected="supported", criterion=_by_hand("A half lies in the interval.", ("coin.heads.share",), _fair)),
    ]
