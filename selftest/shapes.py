"""Judges the embedded cluster in its shapes (clusters/shapes), and says where a verdict is wrong.

    python -m selftest.shapes [--quick] [--reports FOLDER] [SHAPE …] [-- OPTIONS OF kmc run]

A shape is right where nothing failed or ended in an error, what could not be judged is what the shape names, for the
cause that it names, and nothing stays. One that can't be judged is right where the run says so, in the shape's words.
Judges the profile core on all shapes by default; with --quick a few requirements on a few shapes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from kmc.clusters import shapes
from kmc.clusters.embedded.paths import default_layout
from kmc.clusters.shapes import Shape
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE
from kmc.reports.model import Report, RequirementResult, loads
from kmc.reports.records import SCORED, Outcome

WRONG = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_RUN)
LEFT_OUT = "left out by"
"""How the cause of a requirement that nobody asked for begins."""
QUICK_SHAPES = ("restricted", "quota", "no-token", "injected", "https", "flaky-api-1", "labels-required")
CORE = ("--profile", "core", "-n", "8")
QUICK_REQUIREMENTS = "MC-POD-01,MC-RTE-01,MC-LOC-01,MC-RES-01,MC-SEC-01,MC-SEC-05,MC-ENV-01,MC-VOL-01,MC-STA-01"


@click.command()
@click.option("--quick", is_flag=True, help="A few requirements, on a few shapes.")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Keep the reports in this folder.")
@click.argument("words", nargs=-1)
def main(*, quick: bool, reports: Path | None, words: Sequence[str]) -> None:
    """Judge the shapes that WORDS name; what stands behind -- goes to kmc run."""
    named, options = _split(words)
    chosen = named or (QUICK_SHAPES if quick else shapes.names())
    options = [*options, *(["--requirement", QUICK_REQUIREMENTS] if quick else [] if options else CORE)]
    if reports and (earlier := [name for name in chosen if (reports / name).exists()]):
        raise click.UsageError(f"{reports} has reports of an earlier run of {', '.join(earlier)}; name another folder")
    wrong = 0
    with tempfile.TemporaryDirectory() if reports is None else nullcontext(str(reports)) as folder:
        for shape in map(shapes.load, chosen):
            begun = time.monotonic()
            found = list(judge(shape, options, Path(folder) / shape.name))
            wrong += bool(found)
            click.echo(f"{shape.name}: {'WRONG' if found else 'right'} after {time.monotonic() - begun:.0f} s")
            for line in [*found, *_counts(Path(folder) / shape.name)]:
                click.echo(f"  {line}")
    _kmc("cluster", "down").wait()
    sys.exit(bool(wrong))


def judge(shape: Shape, options: Sequence[str], folder: Path) -> Iterator[str]:
    """Make the cluster anew in a shape, judge it, and yield what is wrong with the verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    down, up = folder / "cluster-down.log", folder / "cluster-up.log"
    if _kmc("cluster", "down", log=down).wait():
        yield f"the cluster before it did not go down: {_end(down)}"
        return
    if _kmc("cluster", "up", "--shape", shape.name, log=up).wait():
        yield f"the cluster did not come up: {_end(up)}"
        return
    own = [option.format(state=default_layout().state) for option in shape.options]
    ids = [f"shape-{number}" for number in range(1, shape.runs + 1)]
    words = ["run", "--embedded", "--shape", shape.name, "--reports", str(folder), *own, *options]
    logs = [folder / f"{each}.log" for each in ids]
    runs = [_kmc(*words, "--run-id", each, log=log) for each, log in zip(ids, logs, strict=True)]
    for each, run, log in zip(ids, runs, logs, strict=True):
        report = folder / each / "conformance-report.json"
        yield from (f"{each}: {problem}" for problem in _problems(shape, run.wait(), log, report))


def _problems(shape: Shape, code: int, log: Path, file: Path) -> Iterator[str]:
    if shape.cannot_judge:
        if code != EXIT_CANNOT_JUDGE or shape.cannot_judge not in log.read_text():
            yield f"expected exit code {EXIT_CANNOT_JUDGE} and {shape.cannot_judge!r}, got {code}: {_end(log)}"
    elif not file.exists():
        yield f"there is no report; exit code {code}: {_end(log)}"
    else:
        yield from problems(shape, loads(file.read_text()))


def _end(log: Path) -> str:
    return log.read_text()[-2000:]


def _counts(folder: Path) -> Iterator[str]:
    """Yield how each run of a shape ended, and how many requirements ended how."""
    for file in sorted(folder.glob("shape-*/conformance-report.json")):
        report = loads(file.read_text())
        counted = Counter(each.outcome.value for each in report.requirements if not each.cause.startswith(LEFT_OUT))
        yield f"{report.verdict.value}: {', '.join(f'{number} {outcome}' for outcome, number in counted.items())}"


def problems(shape: Shape, report: Report) -> Iterator[str]:
    """Yield what in a report is not as the shape says."""
    yield from (f"left behind: {each}" for each in report.residue or ())
    if not any(each.outcome is Outcome.PASSED for each in report.requirements):
        yield "nothing passed"
    for each in report.requirements:
        if each.outcome is Outcome.NOT_RUN and each.cause.startswith(LEFT_OUT):
            continue
        known = shape.untestable.get(each.id)
        unexpected = each.outcome is Outcome.UNTESTABLE and (known is None or known not in each.cause)
        if each.outcome in WRONG or unexpected or _is_warning(each):
            yield f"{each.id} {each.outcome.value}: {each.cause}"


def _is_warning(judged: RequirementResult) -> bool:
    """Whether something else than a known limitation was warned of."""
    return judged.outcome is Outcome.WARNED and judged.profile in SCORED


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what stands before the first option of kmc run, and the rest."""
    for at, word in enumerate(words):
        if word.startswith("-"):
            return words[:at], words[at:]
    return words, ()


def _kmc(*words: str, log: Path | None = None) -> "subprocess.Popen[bytes]":
    """Start a command whose output goes to a file: nobody has to read it for the command to go on."""
    with (log or Path(os.devnull)).open("wb") as output:
        return subprocess.Popen([sys.executable, "-m", "kmc", *words], stdout=output, stderr=subprocess.STDOUT)


if __name__ == "__main__":
    main()
