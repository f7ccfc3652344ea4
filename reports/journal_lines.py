"""A line of a journal: a record as JSON, and the sha256 of the line, which shows an edit or another accident to it.

It is no proof against forgery: whoever edits a line can compute its sha256 anew. A signature is (`kmc report sign`).

Formats: 2 is written. 1 had the sha256 of the line before (`prev`) instead of `closes`; it is still read.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic_core import from_json

from kmc.reports.records import Check, Footer, Header, Image, Note, Plan, Residue, TargetFacts, now
from kmc.reports.strict_json import Count, InvalidJson, canonical, decode, encode

Entry = Header | Plan | TargetFacts | Image | Check | Note | Residue | Footer
KINDS: Mapping[str, type[Entry]] = {
    "header": Header,
    "plan": Plan,
    "target": TargetFacts,
    "image": Image,
    "check": Check,
    "note": Note,
    "residue": Residue,
    "footer": Footer,
}
_WORDS = {kind: word for word, kind in KINDS.items()}
_CHECKSUM = re.compile(rb'(.*"sha256":")([0-9a-f]{64})("\})', re.DOTALL)
"""The last key of a line, as its keys are sorted: the sha256 of the line without it."""


class LineError(Exception):
    """A line is none of a journal's, or was changed."""


@dataclass(frozen=True)
class Line:
    """A record, when and by which process it was written, and how many bytes of a torn line it closes."""

    at: str
    data: object
    kind: str
    pid: int
    sha256: str
    format: Literal[1, 2] = 1
    closes: Count = 0
    prev: str = ""

    def entry(self) -> Entry:
        """Return the record. Raises LineError when this version does not know it."""
        if self.kind not in KINDS:
            raise LineError(f"unknown kind {self.kind!r}; was it written by a newer version?")
        try:
            return decode(KINDS[self.kind], canonical(self.data))
        except InvalidJson as error:
            raise LineError(str(error)) from error

    def follows(self, before: bytes, *, torn: bool) -> bool:
        """Return whether the line before it, whole or torn, is what it was when this one was written.

        A line says so of a torn one only; those of format 1 do of any.
        """
        if self.format == 1:
            return self.prev == _sha256(before)
        return not torn or self.closes == len(before) > 0


def written(entry: Entry, closes: int) -> bytes:
    """Return the line of a record that closes a torn line of so many bytes, or none."""
    line = {
        "at": now(),
        "closes": closes,
        "data": encode(entry),
        "format": 2,
        "kind": _WORDS[type(entry)],
        "pid": os.getpid(),
        "sha256": "",
    }
    text = canonical(line).encode()
    return text.removesuffix(b'"}') + _sha256(text).encode() + b'"}\n'


def parse(raw: bytes) -> Line | None:
    """Return a line that is whole, None for the beginning of one. Raises LineError for anything else."""
    if not (found := _CHECKSUM.fullmatch(raw)):
        if _is_json(raw):
            raise LineError("is not a line of a journal")
        return None
    if found[2].decode() != _sha256(found[1] + found[3]):
        raise LineError("its sha256 does not match: it was changed")
    try:
        return decode(Line, raw)
    except InvalidJson as error:
        raise LineError(f"is not a line of a journal of this version: {error}") from error


def _is_json(raw: bytes) -> bool:
    try:
        from_json(raw)
    except ValueError:
        return False
    return True


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
