"""Dataclasses as JSON, read strictly: no field too many or too few, no other type, every error with its place.

Field names are snake_case in Python and camelCase in JSON. A field with a default may be missing in what is read, so a
field that is added to a record gets one, and older files stay readable. `object` as a type means any JSON value.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails, from_json

T = TypeVar("T")

RULES = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, alias_generator=to_camel, serialize_by_alias=True)
"""They hold in a dataclass and in all that it holds."""

Text = Annotated[str, Field(min_length=1)]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]

SHOWN = 5
"""How many problems a message names."""


class InvalidJson(ValueError):
    """A text is not the JSON of its dataclass; `problems` has each error with its place, the message the first few."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems."""
        self.problems = tuple(problems)
        more = len(self.problems) - SHOWN
        super().__init__("; ".join([*self.problems[:SHOWN], *([f"and {more} more"] if more > 0 else [])]))


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII only.

    Raises TypeError for what JSON has no word for, ValueError for NaN and infinities.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encode(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return a dataclass, with all that it holds, as JSON values. What JSON has no word for is returned as it is.

    Text that no file can hold (lone surrogates, as in output that is not UTF-8) becomes question marks.
    """
    return _plain(_adapter(type(value)).dump_python(value, warnings=False))


def decode(kind: type[T], text: str | bytes) -> T:
    """Return the dataclass that a JSON text is of. Raises InvalidJson with everything that is wrong with it."""
    try:
        from_json(text, allow_inf_nan=False)  # where any JSON is allowed, NaN would be, too
    except ValueError as error:
        raise InvalidJson([f"not JSON: {error}"]) from None
    try:
        return cast("T", _adapter(kind).validate_json(text))
    except ValidationError as error:
        raise InvalidJson(map(_explain, error.errors(include_url=False))) from None


def schema_of(kind: type) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass."""
    return _adapter(kind).json_schema(schema_generator=_Schema)


class _Schema(GenerateJsonSchema):
    """A JSON Schema whose fields have no titles: they would repeat the names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        """Give no title."""
        return False


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(lambda kind: TypeAdapter(with_config(RULES)(kind)))
"""The rules are set on the class, where pydantic looks for them."""


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _explain(error: ErrorDetails) -> str:
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error["loc"] if each != "[key]")
    match error["type"]:
        case "missing":
            return f"${place} is missing"
        case "unexpected_keyword_argument":
            return f"${place} is not a known field"
        case "string_too_short":
            return f"${place} is empty"
    return f"${place}: {error['msg'][0].lower()}{error['msg'][1:]}, found {error['input']!r:.80}"
