"""How commands show long work: each step when it starts, with its place and what it usually takes, and its end."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from kmc.fixtures.plugin.heartbeat import every

PATIENCE = 30.0
"""Seconds after which a step that is still at work says so in a log."""
_SHORT = 5.0
"""What usually takes less seconds is not worth a number."""


class Display:
    """Shows the step that runs as a line that moves, on a terminal; elsewhere as a line at its start and its end."""

    def __init__(self, file: TextIO | None = None, patience: float = PATIENCE) -> None:
        """Take the file to show them on: stderr, where none is given."""
        self._file = file or sys.stderr
        self._console = Console(file=self._file, highlight=False)
        self._moving = self._file.isatty() and not self._console.is_dumb_terminal
        self._patience = patience
        self._steps = 0
        self._number = 0

    def plan(self, steps: int) -> None:
        """Announce that so many steps will follow, beside those that were announced before."""
        self._steps += steps

    @contextmanager
    def __call__(self, what: str, usual: float = 0.0) -> Iterator[None]:
        """Show one step while the block runs; `usual` is how many seconds it takes on two cores."""
        self._number += 1
        step = f"[{self._number} of {max(self._steps, self._number)}] {what}"
        expected = f" (usually {usual:.0f} s)" if usual >= _SHORT else ""
        begun = time.monotonic()
        try:
            with self._shown(step, expected, begun):
                yield
        except BaseException:
            self._write(f"{step}: stopped after {time.monotonic() - begun:.1f} s")
            raise
        self._write(f"{step}: done in {time.monotonic() - begun:.1f} s")

    def _shown(self, step: str, expected: str, begun: float) -> AbstractContextManager[object]:
        if self._moving:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            progress = Progress(*columns, console=self._console, transient=True)
            progress.add_task(f"{step}{expected}", total=None)
            return progress
        self._write(f"{step}{expected} …")
        return every(
            self._patience,
            lambda: self._write(f"{step}: still running after {time.monotonic() - begun:.0f} s{expected}"),
        )

    def _write(self, line: str) -> None:
        print(line, file=self._file, flush=True)
