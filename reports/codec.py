"""Dataclasses to JSON and back, strictly.

Field names are snake_case in Python and camelCase in JSON. `object` as a field's type stands for any JSON value.
"""

import dataclasses
import json
import re
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class DecodeError(ValueError):
    """A JSON value is not what its dataclass promises; the message names the place."""


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII only.

    Raises TypeError for what JSON has no word for, ValueError for NaN and infinities.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encode(value: object) -> object:
    """Return a dataclass, with all that it holds, as JSON values. What JSON has no word for is returned as it is.

    Text that no file can hold (lone surrogates, as in output that is not UTF-8) becomes question marks.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {_camel(field.name): encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {_text(str(key)): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def decode(kind: type[T], value: object, where: str = "") -> T:
    """Return the JSON value as an instance of a dataclass.

    Raises DecodeError for an unknown or missing field and for a value of another type, with its place.
    """
    return typing.cast("T", _decode(kind, value, where))


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()


def _camel(name: str) -> str:
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


def _decode(kind: object, value: object, where: str) -> object:
    origin = typing.get_origin(kind)
    if kind is object:
        return value
    if origin is types.UnionType:
        return _optional(kind, value, where)
    if origin is tuple:
        item = typing.get_args(kind)[0]
        return tuple(_decode(item, each, f"{where}[{at}]") for at, each in enumerate(_expect(list, value, where)))
    if origin is Mapping:
        item = typing.get_args(kind)[1]
        return {key: _decode(item, each, f"{where}.{key}") for key, each in _expect(dict, value, where).items()}
    return _plain(typing.cast("type", kind), value, where)


def _optional(kind: object, value: object, where: str) -> object:
    if value is None:
        return None
    (item,) = (each for each in typing.get_args(kind) if each is not type(None))
    return _decode(item, value, where)


def _plain(kind: type, value: object, where: str) -> object:
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, _expect(dict, value, where), where)
    if issubclass(kind, StrEnum):
        if value not in list(kind):
            raise DecodeError(f"{where}: expected one of {', '.join(kind)}, got {value!r}")
        return kind(str(value))
    if kind is float and type(value) is int:
        return float(value)
    return _expect(kind, value, where)


def _dataclass(kind: type, value: Mapping[str, object], where: str) -> object:
    hints = typing.get_type_hints(kind)
    fields = {_camel(field.name): field for field in dataclasses.fields(kind)}
    if unknown := sorted(value.keys() - fields.keys()):
        raise DecodeError(f"{where or kind.__name__}: unknown field {unknown[0]!r}")
    if missing := sorted(fields.keys() - value.keys()):
        raise DecodeError(f"{where or kind.__name__}: field {missing[0]!r} is missing")
    return kind(
        **{
            field.name: _decode(hints[field.name], value[key], f"{where}.{key}".lstrip("."))
            for key, field in fields.items()
        }
    )


def _expect(kind: type[T], value: object, where: str) -> T:
    if type(value) is not kind:
        raise DecodeError(f"{where}: expected {kind.__name__}, got {type(value).__name__}")
    return value
