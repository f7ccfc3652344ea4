import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from kmc.reports.strict_json import InvalidJson, canonical, decode, encode


class Color(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@dataclass(frozen=True)
class Part:
    part_name: str


@dataclass(frozen=True)
class Whole:
    color: Color
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    by_color: Mapping[Color, int]
    seconds: float
    number: int | None
    anything: object


WHOLE = Whole(Color.RED, (Part("a"),), {"b": Part("b")}, {Color.RED: 1}, 1.5, None, {"snake_case": [1, None]})
JSON: dict[str, Any] = {
    "color": "red",
    "parts": [{"partName": "a"}],
    "byName": {"b": {"partName": "b"}},
    "byColor": {"red": 1},
    "seconds": 1.5,
    "number": None,
    "anything": {"snake_case": [1, None]},
}


def test_a_dataclass_comes_back_as_it_was() -> None:
    assert encode(WHOLE) == JSON
    assert decode(Whole, json.dumps(JSON)) == WHOLE
    changed = {**JSON, "number": 3, "seconds": 2}
    assert decode(Whole, json.dumps(changed)) == Whole(**{**vars(WHOLE), "number": 3, "seconds": 2.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"more": 1}, "$.more is not a known field"),
        ({"color": "blue"}, "$.color: input should be 'red' or 'dark-blue', found 'blue'"),
        ({"color": []}, "$.color: input should be 'red' or 'dark-blue', found []"),
        ({"parts": {}}, "$.parts: input should be a valid array, found {}"),
        ({"parts": [{"partName": 1}]}, "$.parts[0].partName: input should be a valid string, found 1"),
        ({"parts": [{"partName": "a", "x": 1}]}, "$.parts[0].x is not a known field"),
        ({"parts": [{}]}, "$.parts[0].partName is missing"),
        ({"parts": [{"part_name": "a"}]}, "$.parts[0].partName is missing; $.parts[0].part_name is not a known field"),
        ({"byName": {"b": None}}, "$.byName.b: input should be an object, found None"),
        ({"byColor": {"green": 1}}, "$.byColor.green: input should be 'red' or 'dark-blue', found 'green'"),
        ({"seconds": "1"}, "$.seconds: input should be a valid number, found '1'"),
        ({"seconds": None}, "$.seconds: input should be a valid number, found None"),
        ({"number": True}, "$.number: input should be a valid integer, found True"),
        ({"number": 1.0}, "$.number: input should be a valid integer, found 1.0"),
    ],
)
def test_another_shape_is_refused_with_its_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidJson) as error:
        decode(Whole, json.dumps({**JSON, **change}))
    assert str(error.value) == message


def test_every_problem_is_told_and_a_message_has_the_first_few() -> None:
    with pytest.raises(InvalidJson) as error:
        decode(Whole, json.dumps({"color": 1}))
    assert len(error.value.problems) == 7
    assert str(error.value).endswith("; and 2 more")


@pytest.mark.parametrize(
    "text",
    ["", "<html>", "kind: Config\n", "NaN", '{"anything": [NaN]}', '"\\ud800"', b"\xff\xfe", b"\x00", "[" * 100_000],
)
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidJson, match=r"^not JSON: "):
        decode(Whole, text)


def test_text_that_no_file_can_hold_is_replaced() -> None:
    assert encode(Part("a\udcffé")) == {"partName": "a?é"}
    assert encode(Whole(**{**vars(WHOLE), "anything": {"\udcff": ("\udcff",)}}))["anything"] == {"?": ["?"]}


def test_canonical_text_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"\\u00e9","b":1}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))
