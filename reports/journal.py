"""The journal of a run: JSON lines, appended by many processes at once, each record on disk before the next step.

A line holds the sha256 of its own record and of the whole line before it, so that a changed, removed or moved line is
found. A line is one `write` under a lock on the file: a writer may be killed at any time, and what it leaves half done
is closed by the next writer and read back as `Torn`.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kmc.reports.records import Check, Evidence, Footer, Header, Image, Note, Plan, Residue, Target, Torn, now
from kmc.reports.strict_json import InvalidJson, canonical, decode, encode

Entry = Header | Plan | Target | Image | Check | Note | Residue | Footer
KINDS: Mapping[str, type[Entry]] = {
    kind.__name__.lower(): kind for kind in (Header, Plan, Target, Image, Check, Note, Residue, Footer)
}
TEXT_LIMIT = 16_384
"""Characters that a detail, or the JSON of one piece of evidence, may have; what is longer is cut, and says so."""


class JournalError(Exception):
    """A journal can't be written or read; `line` is the line at fault, 0 for the file."""

    def __init__(self, path: Path, message: str, line: int = 0) -> None:
        """Say what is wrong and where."""
        super().__init__(f"{path}{f':{line}' if line else ''}: {message}")
        self.line = line


@dataclass(frozen=True)
class Record:
    """A line as read: its number, when and by which process it was written, and what it says."""

    line: int
    at: str
    pid: int
    entry: Entry | Torn


@dataclass(frozen=True)
class Journal:
    """The journal at a path. It holds no open file: any process and thread may make its own and write at any time.

    Every method raises JournalError when the record can't be written whole.
    """

    path: Path

    def header(self, header: Header) -> None:
        """Begin the journal. A file that is there already belongs to another run and is refused."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._append(header, os.O_CREAT | os.O_EXCL)

    def plan(self, plan: Plan) -> None:
        """Say which tests were collected."""
        self._append(plan)

    def target(self, target: Target) -> None:
        """Say what the cluster is. The last one counts."""
        self._append(target)

    def image(self, image: Image) -> None:
        """Say which image was deployed."""
        self._append(image)

    def check(self, check: Check) -> None:
        """Add a finished check, with overlong text cut to `TEXT_LIMIT`."""
        evidence = tuple(map(_bounded, check.evidence))
        self._append(
            replace(check, cause=" ".join(_cut(check.cause).split()), detail=_cut(check.detail), evidence=evidence)
        )

    def note(self, topic: str, data: Mapping[str, object]) -> None:
        """Keep anything else that a reader of the journal may want."""
        self._append(Note(topic, data))

    def residue(self, residue: Residue) -> None:
        """Say what clean-up left behind; an empty list says that it was looked for."""
        self._append(residue)

    def footer(self, footer: Footer) -> None:
        """End the journal."""
        self._append(footer)

    def _append(self, entry: Entry, flags: int = 0) -> None:
        with self._locked(flags) as file:
            last, whole = _last_line(file)
            line = _line(entry, last)
            data = line if whole else b"\n" + line
            if (written := os.write(file, data)) < len(data):
                raise JournalError(self.path, f"only {written} of {len(data)} bytes were written; is the disk full?")

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        try:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o644)
        except FileExistsError:
            raise JournalError(self.path, "is the journal of another run; use another run id") from None
        except FileNotFoundError:
            raise JournalError(self.path, "does not exist; the header is written first") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def read(path: Path) -> list[Record]:
    """Return all records. A line cut short by a killed writer is among them, as `Torn`.

    Raises JournalError, with the line, when the file is not a journal or was changed after it was written.
    """
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(path, f"can't be read: {error.strerror}") from error
    records = []
    before = b""
    for number, line in enumerate(lines, start=1):
        records.append(_record(path, number, line, before))
        before = line
    if rest:
        records.append(Record(len(lines) + 1, "", 0, Torn(len(rest))))
    elif records and isinstance(records[-1].entry, Torn):
        raise JournalError(path, "the last line is complete, but no record", len(lines))
    if not records or not isinstance(records[0].entry, Header):
        raise JournalError(path, "does not begin with a header, so it is no journal, or its run died at once")
    return records


def head(path: Path) -> str:
    """Return the sha256 of the whole file, which pins it in a report."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class _Line:
    at: str
    data: object
    kind: str
    pid: int
    prev: str
    sha256: str = ""


def _line(entry: Entry, before: bytes) -> bytes:
    line = _Line(now(), encode(entry), type(entry).__name__.lower(), os.getpid(), _sha256(before))
    return canonical(encode(replace(line, sha256=_own(line)))).encode() + b"\n"


def _own(line: _Line) -> str:
    return _sha256(canonical(encode(replace(line, sha256=""))).encode())


def _record(path: Path, number: int, raw: bytes, before: bytes) -> Record:
    try:
        json.loads(raw)
    except ValueError:
        # Only the next line can tell a torn line from a changed one: it holds the digest of the bytes as it found them.
        return Record(number, "", 0, Torn(len(raw)))
    try:
        line = decode(_Line, raw)
    except InvalidJson as error:
        raise JournalError(path, f"is no journal line: {error}", number) from error
    if canonical(encode(line)).encode() != raw or line.sha256 != _own(line):
        raise JournalError(path, "its digest does not match: it was changed", number)
    if line.prev != _sha256(before):
        raise JournalError(path, "does not follow the line before it: a line was changed, removed or moved", number)
    return Record(number, line.at, line.pid, _entry(path, number, line))


def _entry(path: Path, number: int, line: _Line) -> Entry:
    if line.kind not in KINDS:
        raise JournalError(path, f"unknown kind {line.kind!r}; was it written by a newer version?", number)
    try:
        return decode(KINDS[line.kind], canonical(line.data))
    except InvalidJson as error:
        raise JournalError(path, str(error), number) from error


def _last_line(file: int) -> tuple[bytes, bool]:
    """Return the last line, and whether it is whole."""
    start = os.fstat(file).st_size
    tail = b""
    while start and b"\n" not in tail[:-1]:
        step = min(start, 65_536)
        start -= step
        tail = os.pread(file, step, start) + tail
    whole = not tail or tail.endswith(b"\n")
    return tail.removesuffix(b"\n").rpartition(b"\n")[2], whole


def _bounded(evidence: Evidence) -> Evidence:
    text = canonical(encode(evidence)["value"])
    return evidence if len(text) <= TEXT_LIMIT else replace(evidence, value=_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}… ({len(text) - TEXT_LIMIT} more characters)"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
