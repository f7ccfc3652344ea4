"""Measures runs on the embedded cluster, and demands that their outcomes are the same.

    kmc cluster up && python -m selftest.speed [--times N] [-n WORKERS]… [--reports FOLDER] [-- OPTIONS OF kmc run]

Of each run: the seconds of the command and of testing, what the tests' own durations add up to, the least that testing
could take, the calls that the API server answered, the processor's seconds of the suite, the most pods at once, and the
memory that the machine had in use at most. Exits with 1 where two runs differ in an outcome.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from kmc.clusters.embedded.paths import default_layout
from kmc.fixtures import requirements
from kmc.fixtures.clients.api_server import ApiServer, Request
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.run.options import run_id
from kmc.fixtures.timeouts import Timeouts
from kmc.reports.model import Report, load
from kmc.reports.records import Outcome

NAMESPACE = "kmc"
CORE = ("--profile", "core")
LOOK_SECONDS = 2.0
API_SECONDS = Timeouts().api
HEADER = "| -n | command | testing | tests' own | at least | API calls | suite's CPU | pods | memory |"
_JUDGED = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED)


@dataclass
class Peak:
    """The most pods in the run's namespace, and the most memory in use on the machine, in MiB."""

    pods: int = 0
    memory: int = 0

    def look(self, api: ApiServer) -> None:
        """Count once; the API server answers from its cache."""
        pods, _ = api.send(
            Request("GET", f"/api/v1/namespaces/{NAMESPACE}/pods", [("resourceVersion", "0")]), API_SECONDS
        )
        self.pods = max(self.pods, pods.count('"podIP":'))
        self.memory = max(self.memory, used_memory(Path("/proc/meminfo").read_text()))


@dataclass(frozen=True)
class Measured:
    """What one run took; times are seconds, of the processor too."""

    workers: int
    command: float
    testing: float
    tests: float
    at_least: float
    calls: int
    cpu: float
    peak: Peak = field(default_factory=Peak)

    def __str__(self) -> str:
        """As a row of the table."""
        times = " | ".join(f"{each:.0f} s" for each in (self.command, self.testing, self.tests, self.at_least))
        peak = f"{self.peak.pods} | {self.peak.memory} MiB"
        return f"| {self.workers} | {times} | {self.calls} | {self.cpu:.0f} s | {peak} |"


@click.command()
@click.option("--times", default=1, show_default=True, help="How many runs with each number of workers.")
@click.option("-n", "workers", type=int, multiple=True, default=[8], show_default=True, help="Workers of a run.")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Keep the reports in this folder.")
@click.argument("options", nargs=-1)
def main(*, times: int, workers: Sequence[int], reports: Path | None, options: Sequence[str]) -> None:
    """Measure runs with OPTIONS of kmc run, the profile core by default."""
    before: dict[str, Outcome] = {}
    differ = False
    click.echo(HEADER)
    with tempfile.TemporaryDirectory() if reports is None else nullcontext(str(reports)) as folder:
        for at_once in (each for each in workers for _ in range(times)):
            run = run_id(None)
            words = [*(options or CORE), "-n", str(at_once), "--run-id", run, "--reports", folder]
            measured, report = _measure(at_once, words, Path(folder) / run / "conformance-report.json")
            click.echo(measured)
            found = {each.id: each.outcome for each in report.requirements}
            for difference in differences(before, found):
                differ = True
                click.echo(f"  {difference}")
            before = before or found
    sys.exit(differ)


def differences(before: Mapping[str, Outcome], now: Mapping[str, Outcome]) -> Iterator[str]:
    """Yield in words which outcomes are not those of the first run."""
    for key, outcome in now.items():
        if key in before and before[key] is not outcome:
            yield f"{key}: {outcome.value}, where it was {before[key].value}"


def used_memory(meminfo: str) -> int:
    """Return the memory in use on the machine, in MiB, from the text of /proc/meminfo."""
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in meminfo.splitlines())}
    return (sizes["MemTotal"] - sizes["MemAvailable"]) // 1024


def answered_calls(metrics: str) -> int:
    """Return how many calls an API server has answered, from the text of its metrics."""
    lines = (line for line in metrics.splitlines() if line.startswith("apiserver_request_total{"))
    return round(sum(float(line.rpartition(" ")[2]) for line in lines))


def at_least(report: Report, workers: int) -> float:
    """Return the seconds that testing takes at least: all files spread evenly over the workers, or the longest alone.

    A file takes as long as its longest test, since its tests may share what they wait for: by the `typical_seconds` of
    their requirements, which are the waits that Knative and Kubernetes ask for.
    """
    typical: dict[str, float] = {each.id: each.typical_seconds for each in requirements.load().judged()}
    files: dict[str, float] = defaultdict(float)
    for each in report.requirements:
        for test in filter(lambda test: _judged(test.outcome), each.tests):
            file = test.test.partition("::")[0]
            files[file] = max(files[file], typical[each.id])
    return max(sum(files.values()) / workers, max(files.values(), default=0.0))


def _judged(outcome: Outcome) -> bool:
    return outcome in _JUDGED


def seconds_of_testing(report: Report) -> float:
    """Return the seconds from the begin of the first test to the end of the last."""
    tests = [test for each in report.requirements for test in each.tests if test.start and _judged(test.outcome)]
    begins = [datetime.fromisoformat(str(test.start)).timestamp() for test in tests]
    ends = [begin + test.duration for begin, test in zip(begins, tests, strict=True)]
    return max(ends, default=0.0) - min(begins, default=0.0)


def _measure(workers: int, words: Sequence[str], file: Path) -> tuple[Measured, Report]:
    api = Kube.connect(default_layout().admin_kubeconfig, None, timeout=API_SECONDS, patience=API_SECONDS).api
    calls, cpu, begun = _calls(api), _children(), time.monotonic()
    with _watching(api) as peak:
        subprocess.run(
            [sys.executable, "-m", "kmc", "run", "--embedded", *words], stdout=subprocess.DEVNULL, check=False
        )
    command = time.monotonic() - begun
    report = load(file)
    tests = sum({test.test: test.duration for each in report.requirements for test in each.tests}.values())
    measured = Measured(
        workers=workers,
        command=command,
        testing=seconds_of_testing(report),
        tests=tests,
        at_least=at_least(report, workers),
        calls=_calls(api) - calls,
        cpu=_children() - cpu,
        peak=peak,
    )
    return measured, report


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _calls(api: ApiServer) -> int:
    return answered_calls(api.send(Request("GET", "/metrics"), API_SECONDS)[0])


@contextmanager
def _watching(api: ApiServer) -> Iterator[Peak]:
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            peak.look(api)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
