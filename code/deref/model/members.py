"""Some members of an ensemble, as a smaller one."""

from collections.abc import Sequence

from deref.model.transformer import Transformer


def some(model: Transformer, places: Sequence[int]) -> Transformer:
    """Take members out, with their own copy of the parameters.

    Args:
        model: of S seeds.
        places: of the members in `model.seeds`, in the order in which they are wanted.

    Raises:
        ValueError: no places.
    """
    state = {name: value[list(places)] for name, value in model.state_dict().items()}
    return Transformer.from_state(model.config, tuple(model.seeds[place] for place in places), state)
