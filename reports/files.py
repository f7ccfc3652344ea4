"""Files that are read whole, and written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ReportError(Exception):
    """A report, or what belongs to it, can't be made, read or written; the message says why."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn what the system says of a place that can't be written into a ReportError."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"{place}: can't be written: {error.strerror}") from error


def read(file: Path) -> bytes:
    """Return what is in a file. Raises ReportError when it can't be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ReportError(f"{file}: can't be read: {error.strerror}") from error


def write(file: Path, text: str) -> None:
    """Replace a file at once, so that nobody reads half of it. Raises ReportError and leaves it as it was."""
    with writing(file):
        place = file.resolve()
        if place.exists() and not place.is_file():
            place.write_text(text, encoding="utf-8")  # a device or a pipe, not to be replaced
            return
        fresh = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(place)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def create(files: dict[Path, tuple[bytes, int]]) -> None:
    """Make new files, each with its mode. Raises ReportError, with none of them made, rather than replace one."""
    made = []
    for file, (content, mode) in files.items():
        with writing(file):
            try:
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                made.append(file)
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
            except BaseException:
                for each in made:
                    each.unlink()
                raise
