"""Configurations as data: to JSON, back, and hashed."""

import dataclasses
import json

import pytest

from evidence.config import canonical, config, from_json, is_config, modules_of, to_json


@config
class Wheel:
    radius: float
    spokes: tuple[int, ...] = (3, 4)


@config
class Cart:
    wheel: Wheel
    name: str = "plain"
    load: int | None = None
    others: tuple[Wheel, ...] = ()

    def __post_init__(self):
        if self.load is not None and self.load < 0:
            raise ValueError(f"expected a load of at least 0, got {self.load}")


CART = Cart(wheel=Wheel(radius=0.1), load=3, others=(Wheel(radius=2.0, spokes=()),))


def test_a_configuration_survives_json():
    again = from_json(json.loads(json.dumps(to_json(CART))))
    assert again == CART
    assert isinstance(again.others[0], Wheel)


def test_json_names_every_class_and_field():
    assert to_json(Wheel(radius=0.1)) == {"type": "Wheel", "radius": 0.1, "spokes": [3, 4]}


def test_configurations_are_frozen_and_take_keywords_only():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CART.name = "other"
    with pytest.raises(TypeError):
        Wheel(0.1)


def test_the_canonical_form_depends_on_values_alone():
    assert canonical(CART) == canonical(from_json(to_json(CART)))
    assert canonical(CART) != canonical(dataclasses.replace(CART, load=4))
    assert " " not in canonical(CART)


@pytest.mark.parametrize(("data", "message"), [
    ({"type": "Whee", "radius": 1.0}, r"expected a known configuration type, got 'Whee'; the nearest are Wheel"),
    ({"radius": 1.0}, r'expected an object with a "type", got the keys \[\'radius\'\]'),
    ({"type": "Wheel", "radius": 1.0, "colour": "red"}, r"expected Wheel to have the fields .* got also \['colour'\]"),
    ({"type": "Wheel"}, "expected every field of Wheel: .*radius"),
    ({"type": "Cart", "wheel": {"type": "Wheel", "radius": 1.0}, "load": -1}, "expected a load of at least 0, got -1"),
])
def test_data_that_is_no_configuration_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        from_json(data)


def test_a_value_that_json_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="expected a configuration, a scalar, a tuple or None, got set"):
        to_json(Wheel(radius=1.0, spokes={1}))


def test_a_number_that_json_does_not_know_is_refused():
    with pytest.raises(ValueError, match="Out of range"):
        canonical(Wheel(radius=float("nan")))


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(ValueError, match="expected one configuration class a name, got two called 'Wheel'"):
        config(type("Wheel", (), {"__module__": "elsewhere"}))


def test_classes_that_did_not_register_are_no_configurations():
    @dataclasses.dataclass
    class Loose:
        x: int = 1

    assert is_config(CART)
    assert not is_config(Loose())


def test_the_modules_of_everything_inside_are_found():
    outside = config(type("Outside", (), {"__module__": "somewhere.else", "__annotations__": {"cart": Cart}}))
    assert modules_of(outside(cart=CART)) == tuple(sorted([__name__, "somewhere.else"]))
