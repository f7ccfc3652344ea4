"""`kmc requirements`: what the suite claims, and what tests it."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from kmc.commands import kills, known_bugs
from kmc.commands.coverage import Covered, coverage
from kmc.commands.known_bugs import KnownBug
from kmc.fixtures.requirements import Requirements, SuiteRequirement, load
from kmc.fixtures.run.journaling import set_of
from kmc.fixtures.target.gates import STATES
from kmc.reports.records import Profile

Row = Mapping[str, Any]


def _format_option(command: Callable[..., None]) -> Callable[..., None]:
    forms = click.Choice(["table", "json", "markdown"])
    return click.option("--format", "form", type=forms, default="table", show_default=True)(command)


@click.group()
def requirements() -> None:
    """Show the requirement set."""


@requirements.command("list")
@click.option("--profile", type=click.Choice([each.value for each in Profile]), help="Only this profile.")
@_format_option
def list_requirements(profile: str | None, form: str) -> None:
    """List the requirements: id, profile, level, claim."""
    entries = load().of_profiles([Profile(profile)] if profile else Profile)
    _write([{name: getattr(each, name) for name in ("id", "profile", "level", "claim")} for each in entries], form)


@requirements.command()
@click.argument("requirement_id", metavar="ID")
@_format_option
def show(requirement_id: str, form: str) -> None:
    """Show all that is known of one requirement, and its tests."""
    found = load()
    entry = found.by_id.get(requirement_id.upper())
    if entry is None:
        raise click.ClickException(f"there is no requirement {requirement_id}; kmc requirements list has them all")
    tests = next(each.tests for each in coverage(found) if each.id == entry.id)
    described = {**_described(entry), "tests": list(tests), "seen to fail where": kills.killers(entry.id)}
    if form == "json":
        click.echo(json.dumps(described, indent=2))
        return
    unfolded = described.pop("sources") if form == "table" else []  # a terminal opens a link only in one piece
    _write([{"": name, "value": _text(value)} for name, value in described.items() if value], form)
    for link in unfolded:
        click.echo(f" source   {link}")


@requirements.command("coverage")
@_format_option
def show_coverage(form: str) -> None:
    """Account for every known behaviour, and every known bug: its tests, or why it has none.

    Exits with 1 where one is missing.
    """
    found = load()
    entries = coverage(found)
    summary = _summary(found, entries)
    bugs = known_bugs.load()
    unaccounted = known_bugs.unaccounted(bugs, found)
    if form == "json":
        accounted = {"requirements": list(map(_accounted, entries)), "bugs": list(map(asdict, bugs))}
        click.echo(json.dumps({"summary": summary, **accounted}, indent=2))
    else:
        _write([{name: _text(value) for name, value in _accounted(each).items()} for each in entries], form)
        click.echo()
        _write(list(map(_shown_bug, bugs)), form)
        click.echo(f"\n{summary['accounted']} of {summary['behaviours']} behaviours accounted for, "
                   f"{summary['own']} requirements beyond them; {summary['tested']} tested, "
                   f"{summary['excluded']} excluded, {summary['missing']} missing")  # fmt: skip
        judged, seen = (sum(map(bool, each)) for each in zip(*((bug.judged, bug.seen) for bug in bugs), strict=True))
        click.echo(f"{len(bugs)} known bugs: {judged} would be noticed, {seen} of them were seen to be, "
                   f"{len(bugs) - judged} not, with the reason")  # fmt: skip
    for each in unaccounted:
        click.echo(each, err=True)
    sys.exit(1 if summary["missing"] or unaccounted else 0)


def _summary(found: Requirements, entries: Sequence[Covered]) -> dict[str, Any]:
    states = [each.state for each in entries]
    own = set_of(found)
    return {
        "set": f"{own.name} {own.version}",
        "sha256": own.sha256,
        "behaviours": len(found.behaviours),
        "accounted": sum(each.id in found.behaviours and each.state != "missing" for each in entries),
        "own": len(found.by_id.keys() - set(found.behaviours)),
        **{state: states.count(state) for state in ("tested", "excluded", "missing")},
    }


def _shown_bug(bug: KnownBug) -> Row:
    by = "\n".join(bug.judged)
    return {
        "bug": bug.what,
        "broken": bug.broken,
        "judged by": by,
        "seen on": ", ".join(bug.seen),
        "because": bug.because,
    }


def _accounted(entry: Covered) -> dict[str, Any]:
    by = list(entry.tests) or ([entry.excluded] if entry.excluded else [])
    return {"id": entry.id, "profile": entry.profile, "state": entry.state, "by": by}


def _described(entry: SuiteRequirement) -> dict[str, Any]:
    return {
        "id": entry.id,
        "area": entry.area,
        "claim": entry.claim,
        "profile": entry.profile,
        "level": entry.level,
        "basis": entry.basis,
        "since": str(entry.since),
        "until": str(entry.until or ""),
        "gates": {key: STATES[on] for key, on in entry.gates.items()},
        "needs": list(entry.needs),
        "expect": [f"{each.value} before {each.before}" if each.before else each.value for each in entry.expect],
        "sources": list(entry.sources),
        "excluded": entry.excluded,
    }


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {state}" for key, state in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)


def _write(rows: Sequence[Row], form: str) -> None:
    """Write rows of the same columns."""
    columns = list(rows[0])
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
    elif form == "markdown":
        lines = [columns, ["---"] * len(columns), *([_cell(row[name]) for name in columns] for row in rows)]
        click.echo("\n".join(f"| {' | '.join(line)} |" for line in lines))
    else:
        table = Table(box=None)
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(str(row[name]) for name in columns))
        Console(highlight=False, markup=False).print(table)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", "<br>")
