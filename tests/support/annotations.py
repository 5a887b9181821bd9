"""How tests check annotations: as a type checker would, so that a whole number is also a float."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
