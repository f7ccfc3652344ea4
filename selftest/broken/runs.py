"""Runs the tests that could notice a fault, and says what became of their requirements."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from selftest.broken.faults import Fault
from selftest.broken.names import FAULTS, RELEASE, SEEN

CHECKOUT = Path(__file__).parents[2]
_TIMEOUTS = {
    "request": 45,
    "service_ready": 45,
    "status": 30,
    "failure": 50,
    "route_answers": 12,
    "scale_to_zero": 60,
    "scale_up": 30,
    "pods_gone": 80,
    "deletion": 60,
    "obstacle": 30,
}
"""Seconds, shorter than the suite's own, since what is waited for under a fault is never seen."""

Outcomes = dict[str, str]
"""For each requirement what became of it."""
_END_AT_ONCE, _ONE_BY_ONE = "selftest.broken.haste", "selftest.broken.one_by_one"


@dataclass
class Judged:
    """What became of requirements, the causes of what did not pass, and the seconds that it took."""

    outcomes: Outcomes = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0


class NoReport(Exception):
    """The run came to no judgement; has the end of what it said."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C has ended a run before all of its tests were done; has the outcomes that it came to."""

    def __init__(self, outcomes: Outcomes) -> None:
        """Take the outcomes."""
        super().__init__()
        self.outcomes = outcomes


def judge(requirements: Iterable[str], workers: int) -> Judged:
    """Run the tests of these requirements on the target as it is. Raises NoReport where nothing was judged."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as reports:
        plugins = {"PYTEST_PLUGINS": _END_AT_ONCE}
        running = Running.start(requirements, Path(reports), plugins, "--allow-cluster-changes", f"-n={workers}")
        while not running.over():
            pass
        files = [*Path(reports).glob("*/conformance-report.json")]
        if not files:
            raise NoReport(running.last_words())
        report = json.loads(files[0].read_text())
    ran = [each for each in report["requirements"] if each["outcome"] != "not-run"]
    outcomes = {each["id"]: each["outcome"] for each in ran}
    if running.interrupted:
        raise Interrupted(outcomes)
    causes = {each["id"]: each["cause"] for each in ran if each["cause"]}
    return Judged(outcomes, causes, time.monotonic() - begun)


def judge_each(release: str, faults: Sequence[Fault]) -> Iterator[tuple[Fault, Judged]]:
    """Run the tests of each fault with that fault on, one after the other; yield what became of them as it is seen.

    Without a change of gates: what needs one is inapplicable. Raises Interrupted after the last that was seen whole.
    """
    known = {fault.name: fault for fault in faults}
    with tempfile.TemporaryDirectory() as reports:
        seen = Path(reports) / "seen.jsonl"
        variables = {RELEASE: release, FAULTS: ",".join(known), SEEN: str(seen)}
        plugins = {"PYTEST_PLUGINS": f"{_END_AT_ONCE},{_ONE_BY_ONE}"}
        wanted = {each for fault in faults for each in fault.judged}
        running = Running.start(wanted, Path(reports), {**variables, **plugins}, "-n=0")
        try:
            for line in map(json.loads, running.lines(seen)):
                yield known[line.pop("fault")], Judged(**line)
        finally:
            running.process.wait()  # whoever looks no further leaves it to its end, with its folder
        if not seen.exists():
            raise NoReport(running.last_words())
    if running.interrupted:
        raise Interrupted({})


@dataclass
class Running:
    """A run of pytest. Ctrl-C, which it gets as well, is noted and left to it."""

    process: "subprocess.Popen[bytes]"
    said: Path
    interrupted: bool = False

    @classmethod
    def start(cls, requirements: Iterable[str], reports: Path, variables: Mapping[str, str], *options: str) -> Self:
        """Start the tests of these requirements."""
        timeouts = [f"--timeout={name}={seconds}" for name, seconds in _TIMEOUTS.items()]
        chosen = [f"--reports={reports}", f"--requirement={','.join(sorted(requirements))}"]
        command = [sys.executable, "-m", "pytest", "-q", "--embedded", *chosen, *timeouts, *options]
        said, environment = reports / "said.log", {**os.environ, **variables}
        with said.open("wb") as output:
            process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        return cls(process, said)

    def over(self, within: float = 1) -> bool:
        """Wait so many seconds for its end; return whether it has come."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        except KeyboardInterrupt:
            self.interrupted = True
            return False
        return True

    def lines(self, file: Path) -> Iterator[str]:
        """Yield the lines of a file that it writes, each when it is whole, until the run is over."""
        told, over = 0, False
        while not over:
            over = self.over()
            whole = file.read_text().rpartition("\n")[0].splitlines() if file.exists() else []
            yield from whole[told:]
            told = len(whole)

    def last_words(self) -> str:
        """Return the last lines that it said."""
        return "\n".join(self.said.read_text().splitlines()[-30:])
