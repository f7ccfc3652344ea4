"""What the two containers of a Job's pod do: one judges, the other one hands out the reports when that has ended.

That the suite has ended is seen by a lock: all its processes hold it, and it is free when the last of them is gone,
also where they were killed.
"""

import base64
import fcntl
import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from kmc.images.suite import REPORTS

FOLDER = Path(REPORTS)
LOCK = ".judging"
_LOOK_EVERY = 0.5
SONOBUOY = "/tmp/sonobuoy/results"  # noqa: S108 - Sonobuoy's own
_BROKEN = 3
"""Exit code of what nobody foresaw."""
_LINE = 6000
"""Bytes of a line in the log: container runtimes break longer ones than 16 KiB."""
_MOST = 6 << 20
"""Bytes that are handed out at most: kubelets keep 10 MiB of a log, and base64 makes a third more of it."""
_LESS_WANTED = ("allure-results", "diagnostics")
"""What is left out where all together is too much."""


def judge(words: Sequence[str]) -> None:
    """Become the suite, and hold the lock."""
    fresh = FOLDER / f"{LOCK}.fresh"
    lock = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)  # noqa: FBT003 - as the function has it
    fresh.rename(FOLDER / LOCK)  # whoever finds it there finds it locked
    os.execv(sys.executable, [sys.executable, "-m", "kmc", "run", "--reports", str(FOLDER), *words])  # noqa: S606 - itself


def wait_judged() -> None:
    """Wait until the suite has begun, and then until it has ended."""
    while not (FOLDER / LOCK).exists():
        time.sleep(_LOOK_EVERY)
    with (FOLDER / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def deliver(to: TextIO) -> None:
    """Write all that the suite has left in the folder of reports: base64 of a tar.gz."""
    left_out: tuple[str, ...] = ()
    packed = _packed(left_out)
    for each in _LESS_WANTED:
        if len(packed) > _MOST:
            left_out = (*left_out, each)
            packed = _packed(left_out)
    text = base64.b64encode(packed).decode()
    for start in range(0, len(text), _LINE):
        print(text[start : start + _LINE], file=to)
    to.flush()


def _packed(left_out: Sequence[str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=9) as tar:
        for file in sorted(FOLDER.rglob("*")):
            inner = file.relative_to(FOLDER)
            if file.is_file() and not file.is_symlink() and not {*inner.parts} & {LOCK, *left_out}:
                tar.add(file, str(inner))
        for each in left_out:
            tar.addfile(tarfile.TarInfo(f"{each}-left-out"))
    return buffer.getvalue()


def unpack(text: str, to: Path) -> list[Path]:
    """Write the files that `deliver` has put into a log below a folder, and return them.

    Raises:
        ValueError: the log is not whole, or is something else.

    """
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            members = [member for member in tar.getmembers() if member.isfile()]
            files = {_inside(to, member.name): tar.extractfile(member) for member in members}
            for file, stream in files.items():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(stream.read() if stream else b"")
    except (ValueError, EOFError, tarfile.TarError, OSError) as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise ValueError(f"the log of the container is not a whole archive of reports: {error}") from error
    return list(files)


def _inside(folder: Path, name: str) -> Path:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"it has {name}, a path out of the folder")
    return folder / name


def plugin(words: Sequence[str], results: Path) -> int:
    """Judge as a plugin of Sonobuoy, and return the exit code of the suite.

    The plugin's contract: all results are one archive in the folder of results, and the file `done` there, written
    last, has the archive's path. It is written whatever becomes of the suite, since Sonobuoy waits for it.
    """
    results.mkdir(parents=True, exist_ok=True)
    archive, code = results / "results.tar.gz", _BROKEN
    try:
        folder = results / "run"
        command = [sys.executable, "-m", "kmc", "run", "--reports", str(folder), *words]
        code = subprocess.run(command, check=False).returncode
        with tarfile.open(archive, "w:gz") as tar:
            for file in sorted(folder.glob("*")) if folder.exists() else ():
                tar.add(file, file.name)
    finally:
        fresh = results / "done.fresh"
        fresh.write_text(str(archive))
        fresh.rename(results / "done")
    return code
