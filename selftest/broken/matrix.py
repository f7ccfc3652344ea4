"""The kill matrix: which requirement's tests were seen to fail by which fault. It is kept in conformance/."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any, Self

from kmc.commands.kills import FILE
from selftest.broken.faults import Fault
from selftest.broken.names import KILLED
from selftest.broken.runs import Judged, Outcomes

__all__ = ["FILE", "Matrix", "Seen"]
CAUSE_CHARACTERS = 300
"""How much is kept of what a test said."""


@dataclass(frozen=True)
class Seen:
    """What was seen with one fault on: what became of the requirements, which of them turned red by it, and why."""

    does: str
    parts: Sequence[str]
    must: Sequence[str]
    outcomes: Outcomes
    kills: Sequence[str]
    seconds: float
    causes: Mapping[str, str] = field(default_factory=dict)
    runs: int = 1
    """How many runs in a row came to the same kills, this one among them."""

    @property
    def state(self) -> str:
        """`killed` where a requirement turned red that must, `killed elsewhere` where another did, `survived`."""
        if set(self.kills).intersection(self.must):
            return "killed"
        return "killed elsewhere" if self.kills else "survived"


@dataclass
class Matrix:
    """All that was seen on one release; `healthy` is what the same tests said with no fault on, on the same build."""

    release: str
    build: str = ""
    healthy: Outcomes = field(default_factory=dict)
    faults: dict[str, Seen] = field(default_factory=dict)

    def note(self, fault: Fault, judged: Judged) -> Seen:
        """Note what was seen with a fault on. What did not pass with none on is no kill."""
        red = (each for each, outcome in judged.outcomes.items() if outcome in KILLED)
        kills = sorted(each for each in red if self.healthy.get(each) == "passed")
        causes = {each: shorten(judged.causes.get(each, ""), CAUSE_CHARACTERS) for each in kills}
        parts, must, seconds = list(fault.parts), list(fault.must), round(judged.seconds)
        before = self.faults.get(fault.name)
        runs = 1 + (before.runs if before and list(before.kills) == kills else 0)
        seen = Seen(fault.does, parts, must, judged.outcomes, kills, seconds, causes, runs)
        self.faults[fault.name] = seen
        return seen

    def knows(self, fault: Fault) -> bool:
        """Return whether a fault was seen to be killed by what it names now."""
        seen = self.faults.get(fault.name)
        return seen is not None and list(seen.must) == list(fault.must) and seen.state == "killed"

    def agrees(self, fault: Fault) -> bool:
        """Return whether the last two runs of a fault came to the same kills."""
        seen = self.faults.get(fault.name)
        return seen is not None and seen.runs > 1

    def use(self, build: str) -> None:
        """Forget what the tests said on another build with no fault on."""
        if build != self.build:
            self.build, self.healthy = build, {}

    def keep(self, faults: Iterable[Fault]) -> None:
        """Forget what is not among these faults, or is what no test can see."""
        declared = {fault.name for fault in faults if not fault.unseen}
        self.faults = {name: seen for name, seen in self.faults.items() if name in declared}

    @classmethod
    def read(cls, release: str, file: Path = FILE) -> Self:
        """Read what was kept; an empty matrix where there is none."""
        kept = _read(file).get(release, {"build": "", "healthy": {}, "faults": {}})
        faults = {name: Seen(**seen) for name, seen in kept["faults"].items()}
        return cls(release, kept["build"], kept["healthy"], faults)

    def write(self, file: Path = FILE) -> None:
        """Keep it beside those of other releases."""
        own = {
            "build": self.build,
            "healthy": self.healthy,
            "faults": {name: asdict(seen) for name, seen in self.faults.items()},
        }
        file.write_text(json.dumps({**_read(file), self.release: own}, indent=1, sort_keys=True) + "\n")


def _read(file: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return kept
