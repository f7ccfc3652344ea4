"""The journal of a run: JSON lines, appended by many processes at once, each record on disk before the next step.

A line holds its own sha256, so that an edited one is found. It is one `write` under a lock on the file: a writer may be
killed at any time, and what it leaves half done is closed by the next writer and read back as `Torn`.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kmc.reports.files import ReportError
from kmc.reports.journal_lines import Entry, LineError, parse, written
from kmc.reports.records import Check, Evidence, Footer, Header, Image, Plan, Residue, TargetFacts, Torn
from kmc.reports.strict_json import canonical, encode

TEXT_LIMIT = 16_384
"""Characters that a detail, or the JSON of one piece of evidence, may have; what is longer is cut, and says so."""


class JournalError(ReportError):
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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(self.path, f"can't be written: {error.strerror}") from error
        self._append(header, os.O_CREAT | os.O_EXCL)

    def plan(self, plan: Plan) -> None:
        """Say which tests were collected."""
        self._append(plan)

    def target(self, target: TargetFacts) -> None:
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

    def residue(self, residue: Residue) -> None:
        """Say what clean-up left behind; an empty list says that it was looked for."""
        self._append(residue)

    def footer(self, footer: Footer) -> None:
        """End the journal."""
        self._append(footer)

    def _append(self, entry: Entry, flags: int = 0) -> None:
        try:
            with self._locked(flags) as file:
                torn = _size_of_torn(file)
                line = (b"\n" if torn else b"") + written(entry, torn)
                if (size := os.write(file, line)) < len(line):
                    raise JournalError(self.path, f"only {size} of {len(line)} bytes were written; is the disk full?")
        except FileExistsError:
            raise JournalError(self.path, "is the journal of another run; use another run id") from None
        except FileNotFoundError:
            raise JournalError(self.path, "does not exist; the header is written first") from None
        except OSError as error:
            raise JournalError(self.path, f"can't be written: {error.strerror}") from error

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def read(path: Path) -> list[Record]:
    """Return all records. A line cut short by a killed writer is among them, as `Torn`.

    Raises JournalError, with the line, when the file is not a journal or has a line that was changed.
    """
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(path, f"can't be read: {error.strerror}") from error
    records = list(_records(path, lines))
    if rest:
        records.append(Record(len(lines) + 1, "", 0, Torn(len(rest))))
    elif records and isinstance(records[-1].entry, Torn):
        raise JournalError(path, "the last line is complete, but no record", len(lines))
    if not records or not isinstance(records[0].entry, Header):
        raise JournalError(path, "does not begin with a header, so it is not a journal, or its run died at once")
    return records


def head(path: Path) -> str:
    """Return the sha256 of the whole file, which pins it in a report."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _records(path: Path, lines: Sequence[bytes]) -> Iterator[Record]:
    before, torn = b"", False
    for number, raw in enumerate(lines, start=1):
        try:
            line = parse(raw)
            if line is None:
                # Only the next line shows whether this one is torn or changed.
                yield Record(number, "", 0, Torn(len(raw)))
            elif line.follows(before, torn=torn):
                yield Record(number, line.at, line.pid, line.entry())
            else:
                raise JournalError(
                    path, "does not follow the line before it, which was changed, removed or moved", number
                )
        except LineError as error:
            raise JournalError(path, str(error), number) from error
        before, torn = raw, line is None


def _size_of_torn(file: int) -> int:
    """Return how many bytes there are after the last whole line."""
    start = os.fstat(file).st_size
    tail = b""
    while start and b"\n" not in tail:
        step = min(start, 65_536)
        start -= step
        tail = os.pread(file, step, start) + tail
    return len(tail.rpartition(b"\n")[2])


def _bounded(evidence: Evidence) -> Evidence:
    text = canonical(encode(evidence)["value"])
    return evidence if len(text) <= TEXT_LIMIT else replace(evidence, value=_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}… ({len(text) - TEXT_LIMIT} more characters)"
