"""What a person sees at the end of a run."""

from dataclasses import fields
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from reports.build import Paths
from reports.model import Report, RequirementResult, Verdict
from reports.records import Outcome

SLOWEST = 10
_STYLE = {
    Verdict.CONFORMANT: "bold green",
    Verdict.NOT_CONFORMANT: "bold red",
    Verdict.PARTIAL: "bold yellow",
    Verdict.NOT_OFFERED: "bold cyan",
}
_TROUBLE = (Outcome.FAILED, Outcome.ERROR, Outcome.UNTESTABLE, Outcome.WARNED, Outcome.NOT_RUN)
_MANY = 12


def render(report: Report, paths: Paths, *, width: int = 100, color: bool = False) -> str:
    """Return the summary of a report: profiles, what went wrong and why, the slowest, the verdict and the paths."""
    buffer = StringIO()
    console = Console(file=buffer, width=width, force_terminal=color, no_color=not color, highlight=False)
    console.print(_profiles(report))
    for outcome in _TROUBLE:
        console.print(_trouble(report, outcome), end="")
    console.print(_slowest(report))
    if report.residue:
        console.print(Text(f"Left behind: {', '.join(report.residue)}", style="bold red"))
    console.print(_closing(report, paths))
    return buffer.getvalue()


def _profiles(report: Report) -> Table:
    shown = [outcome for outcome in Outcome if report.totals[outcome]]
    table = Table(title="Profiles", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("profile")
    table.add_column("verdict")
    for outcome in shown:
        table.add_column(outcome, justify="right")
    for profile in report.profiles:
        numbers = [str(profile.counts[outcome] or "") for outcome in shown]
        table.add_row(profile.name, Text(profile.verdict, _STYLE[profile.verdict]), *numbers)
    return table


def _trouble(report: Report, outcome: Outcome) -> RenderableType:
    results = [result for result in report.requirements if result.outcome is outcome]
    if not results:
        return ""
    lines: list[RenderableType] = ["", Text(f"{outcome} ({len(results)})", style="bold")]
    lines += [_entry(result) for result in results[:_MANY]]
    if more := results[_MANY:]:
        lines.append(Text(f"  and {len(more)} more: {', '.join(result.id for result in more)}"))
    return Group(*lines)


def _entry(result: RequirementResult) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_row(f"  {result.id}", escape(result.claim))
    table.add_row("", Text(f"→ {result.cause or 'no cause was recorded'}"))
    return table


def _slowest(report: Report) -> RenderableType:
    timed = sorted((result for result in report.requirements if result.duration), key=lambda each: -each.duration)
    table = Table(title="\nSlowest", title_justify="left", box=None, show_header=False, padding=(0, 2, 0, 0))
    for result in timed[:SLOWEST]:
        table.add_row(f"{result.duration:7.1f} s", result.id, escape(result.claim))
    return table if timed else ""


def _closing(report: Report, paths: Paths) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("\nverdict", Text(f"\n{report.verdict}", _STYLE[report.verdict]) + Text(f": {report.reason}", "none"))
    for field in fields(paths):
        table.add_row(field.name, Text(str(getattr(paths, field.name)), overflow="fold"))
    return table
