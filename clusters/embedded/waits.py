"""The embedded cluster's one way to wait."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kmc.clusters.embedded.errors import ClusterError

Value = TypeVar("Value")


def wait_for(
    look: Callable[[], Value | None],
    what: str,
    *,
    log: Path | None = None,
    timeout: float = 60,
    alive: Callable[[], bool] = lambda: True,
) -> Value:
    """Return what `look` sees as soon as it is true; look every 50 ms for up to `timeout` seconds.

    Raises ClusterError, with the end of `log`, when the time is up or `alive` says that it can't happen any more.
    """
    started = time.monotonic()
    while not (seen := look()):
        waited = time.monotonic() - started
        if waited > timeout or not alive():
            why = f"it did not come in {waited:.0f} s" if waited > timeout else "its process ended"
            raise ClusterError(f"expected {what}, but {why}{_told(log)}")
        time.sleep(0.05)
    return seen


def _told(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-15:]
    return f"; {log} ends with:\n" + "\n".join(lines)
