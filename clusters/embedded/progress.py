"""How a long command reports its progress."""

from contextlib import AbstractContextManager
from typing import Protocol


class Step(Protocol):
    """Wraps each piece of work, entered at its start, left at its end: `with step("build etcd", usual=22): ...`."""

    def __call__(self, what: str, usual: float = 0.0) -> AbstractContextManager[None]:
        """Return what wraps one piece of work; `usual` is how many seconds it takes on two cores."""

    def plan(self, steps: int) -> None:
        """Announce that so many pieces of work will follow, beside those that were announced before."""
