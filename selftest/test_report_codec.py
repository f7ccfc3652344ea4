from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pytest

from kmc.reports.codec import DecodeError, canonical, decode, encode


class Color(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    part_name: str


@dataclass(frozen=True)
class Whole:
    color: Color
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    seconds: float
    number: int | None
    anything: object


WHOLE = Whole(Color.RED, (Part("a"),), {"b": Part("b")}, 1.5, None, {"snake_case": [1, None]})
JSON = {
    "color": "red",
    "parts": [{"partName": "a"}],
    "byName": {"b": {"partName": "b"}},
    "seconds": 1.5,
    "number": None,
    "anything": {"snake_case": [1, None]},
}


def test_a_dataclass_comes_back_as_it_was() -> None:
    assert encode(WHOLE) == JSON
    assert decode(Whole, JSON) == WHOLE
    assert decode(Whole, {**JSON, "number": 3, "seconds": 2}) == Whole(**{**vars(WHOLE), "number": 3, "seconds": 2.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"more": 1}, "Whole: unknown field 'more'"),
        ({"color": "blue"}, "color: expected one of red, got 'blue'"),
        ({"color": []}, r"color: expected one of red, got \[\]"),
        ({"parts": {}}, "parts: expected list, got dict"),
        ({"parts": [{"partName": 1}]}, r"parts\[0\].partName: expected str, got int"),
        ({"parts": [{"partName": "a", "x": 1}]}, r"parts\[0\]: unknown field 'x'"),
        ({"parts": [{}]}, r"parts\[0\]: field 'partName' is missing"),
        ({"byName": {"b": None}}, "byName.b: expected dict, got NoneType"),
        ({"seconds": "1"}, "seconds: expected float, got str"),
        ({"seconds": None}, "seconds: expected float, got NoneType"),
        ({"number": True}, "number: expected int, got bool"),
    ],
)
def test_another_shape_is_refused_with_its_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(DecodeError, match=f"^{message}"):
        decode(Whole, {**JSON, **change})


def test_canonical_text_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"\\u00e9","b":1}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))
