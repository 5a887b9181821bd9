"""Absent: what a computation needs and this machine cannot have, such as a download without a network.

A page that asks for a number which rests on it does not fail: `publish` and `show` say why the number is not there, and
claims that need it were not run.
"""


class Absent(Exception):
    """Something that this machine cannot have.

    Args:
        reason: what is lacking and why, in one phrase that a page can show.
        again: whether the next build should try again; not where the reader has switched the thing off.
    """

    def __init__(self, reason: str, *, again: bool = True):
        super().__init__(reason)
        self.again = again
