"""A coin."""

from toy.publish import result

SHARE = 0.5


def heads():
    return result("coin.heads.share", "Share of heads", SHARE, (0.4, 0.6), 100, ".1%", "a")


def flips(rid):
    return result(rid, "Flips of the coin", 100, None, None, "d", "b")
