"""`kmc requirements`: what the suite claims."""

import click
from rich.console import Console
from rich.table import Table

from fixtures.requirements import PROFILES, Requirement, load


@click.group()
def requirements() -> None:
    """Show the requirement set."""


@requirements.command("list")
@click.option("--profile", type=click.Choice(PROFILES), help="Only this profile.")
def list_requirements(profile: str | None) -> None:
    """List the requirements: id, profile, level, claim."""
    table = Table("id", "profile", "level", "claim", box=None)
    for entry in load().of_profiles([profile] if profile else PROFILES):
        table.add_row(entry.id, entry.profile, entry.level, entry.claim)
    Console(highlight=False).print(table)


@requirements.command()
@click.argument("requirement_id", metavar="ID")
def show(requirement_id: str) -> None:
    """Show all that is known of one requirement."""
    found = load().by_id.get(requirement_id.upper())
    if found is None:
        raise click.ClickException(f"there is no requirement {requirement_id}; kmc requirements list has them all")
    click.echo("\n".join(f"{name:<8} {value}" for name, value in _rows(found)))


def _rows(entry: Requirement) -> list[tuple[str, str]]:
    gates = ", ".join(f"{key} {state}" for key, state in entry.gates.items())
    return [
        ("id", entry.id),
        ("area", entry.area),
        ("claim", entry.claim),
        ("profile", entry.profile),
        ("level", f"{entry.level} ({entry.basis})"),
        ("since", f"Knative {entry.since}"),
        ("gates", gates or "none"),
        ("needs", ", ".join(entry.needs) or "nothing"),
        ("source", entry.source),
    ]
