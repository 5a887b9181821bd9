"""How tests check annotations: as a type checker would, so that a whole number is also a float.

jaxtyping makes two functions of every one that it checks, one for what goes in and one for what comes out, and makes
them anew whenever a function inside of another is defined: in each block of each forward pass. Here they are made once
for one signature; and the second leaves out what the first has checked a moment before.
"""

import functools
from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype
from jaxtyping import _decorator

check = functools.cache(beartype(conf=BeartypeConf(is_pep484_tower=True)))


def _made_once(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*given: Any, output: bool) -> Any:
        found = make(*given, output=output)
        if output:
            function, _ = found
            said = function.__annotations__
            function.__annotations__ = {"return": said["return"]} if "return" in said else {}
        return found

    once = functools.cache(made)

    def of(*given: Any, output: bool) -> Any:
        try:
            return once(*given, output=output)
        except TypeError:  # a default that has no hash
            return made(*given, output=output)

    return of


_decorator._make_fn_with_signature = _made_once(_decorator._make_fn_with_signature)
