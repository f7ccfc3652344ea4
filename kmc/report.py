"""`kmc report`: files computed from a run's journal, and checks of them."""

from pathlib import Path

import click

from reports.build import JOURNAL, build
from reports.journal import JournalError
from reports.model import ReportError
from reports.terminal import render


@click.group()
def report() -> None:
    """Make, check and show conformance reports."""


@report.command("build")
@click.argument("journals", metavar="JOURNAL...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def build_reports(journals: tuple[Path, ...]) -> None:
    """Make the report of each JOURNAL (a run's folder, or the journal.jsonl in it), beside it.

    Also of a run that was killed: what it did not get to is listed as not-run.
    Exit code 1: a journal can't be read or was changed.
    """
    for journal in journals:
        run = journal if journal.is_dir() else journal.parent
        if journal.is_file() and journal.name != JOURNAL:
            raise click.BadParameter(f"{journal}: a journal's name is {JOURNAL}", param_hint="JOURNAL")
        try:
            made, paths = build(run)
        except (JournalError, ReportError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(render(made, paths), nl=False)
