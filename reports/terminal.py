"""What a person sees at the end of a run."""

from dataclasses import fields
from io import StringIO
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kmc.reports.build import Paths
from kmc.reports.model import Report, RequirementResult, Verdict
from kmc.reports.records import Outcome

SLOWEST = 10
_STYLE = {
    Verdict.CONFORMANT: "bold green",
    Verdict.NOT_CONFORMANT: "bold red",
    Verdict.PARTIAL: "bold yellow",
    Verdict.NOT_OFFERED: "bold cyan",
}
_TROUBLE = (Outcome.FAILED, Outcome.ERROR, Outcome.UNTESTABLE, Outcome.WARNED)


def render(report: Report, paths: Paths, *, width: int = 100, color: bool = False) -> str:
    """Return the summary of a report: profiles, what went wrong and why, the slowest, the verdict and the paths."""
    buffer = StringIO()
    console = Console(file=buffer, width=width, force_terminal=color, no_color=not color, highlight=False)
    console.print(_profiles(report))
    for outcome in _TROUBLE:
        _print_trouble(console, report, outcome, paths.journal.parent)
    _print_not_run(console, report)
    _print_slowest(console, report)
    if report.residue:
        console.print(Text(f"\nleft behind: {', '.join(report.residue)}", style="bold red"))
    console.print(Text.assemble("\nverdict  ", (report.verdict, _STYLE[report.verdict]), f": {report.reason}"))
    for field in fields(paths):
        # Never wrapped by us, so that a path can be copied whole.
        console.print(Text(f"{field.name:8} {_short(getattr(paths, field.name))}"), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def _profiles(report: Report) -> Table:
    shown = [outcome for outcome in Outcome if report.totals[outcome]]
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("profile")
    table.add_column("verdict")
    for outcome in shown:
        table.add_column(outcome, justify="right")
    for profile in report.profiles:
        numbers = [str(profile.counts[outcome] or "") for outcome in shown]
        table.add_row(profile.name, Text(profile.verdict, _STYLE[profile.verdict]), *numbers)
    return table


def _print_trouble(console: Console, report: Report, outcome: Outcome, run: Path) -> None:
    results = [result for result in report.requirements if result.outcome is outcome]
    if not results:
        return
    console.print(Text(f"\n{outcome} ({len(results)})", style="bold"))
    for result in results:
        table = Table.grid(padding=(0, 1))
        table.add_row(f"  {result.id}", Text(result.claim))
        table.add_row("", Text(f"→ {result.cause or 'no cause was recorded'}"))
        console.print(table)
        for place in _places(result, run):
            console.print(Text(f"{'':{len(result.id) + 3}}{place}"), soft_wrap=True)


def _places(result: RequirementResult, run: Path) -> list[str]:
    """Name the tests that had the outcome of the requirement, and the folders of what was kept of them."""
    tests = [test for test in result.tests if test.outcome is result.outcome]
    folders = {str(_short(run / Path(*Path(each.path).parts[:2]))) for test in tests for each in test.attachments}
    return [*(test.test for test in tests), *sorted(folders)]


def _print_not_run(console: Console, report: Report) -> None:
    """Name what did not run by its causes, and only count what nobody wanted to run: it may be almost all."""
    results = sorted((each for each in report.requirements if each.outcome is Outcome.NOT_RUN), key=_cause)
    left_out = [result for result in results if report.run.selection and not result.tests]
    missing = [result for result in results if result not in left_out]
    if missing:
        console.print(Text(f"\n{Outcome.NOT_RUN} ({len(missing)})", style="bold"))
    for cause, group in groupby(missing, key=_cause):
        console.print(Padding(Text(f"{', '.join(result.id for result in group)}\n→ {cause}"), (0, 0, 0, 2)))
    if left_out:
        chosen = ", ".join(report.run.selection)
        console.print(Text(f"\n{len(left_out)} requirements left out by the selection {chosen}"))


def _cause(result: RequirementResult) -> str:
    return result.cause


def _print_slowest(console: Console, report: Report) -> None:
    timed = sorted((result for result in report.requirements if result.duration), key=lambda each: -each.duration)
    if not timed:
        return
    console.print(Text("\nslowest", style="bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    for result in timed[:SLOWEST]:
        table.add_row(f"  {result.duration:6.1f} s", result.id, Text(result.claim))
    console.print(table)


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
