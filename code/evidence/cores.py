"""How many processes can work at a time."""


def usable_cores() -> int:
    """The cores that this process may use: no more than the machine has, than it is bound to, and than its container's
    quota of processor time makes up."""
    from joblib import cpu_count

    return cpu_count()
