"""`kmc report`: files computed from a run's journal, and checks of them."""

import errno
import io
import json
import sys
from pathlib import Path

import click
from rich.console import Console

from kmc.commands.submission import FILE, check_folder, site_command, submission_command
from kmc.fixtures.requirements import load
from kmc.fixtures.run.journaling import published_sets
from kmc.reports import files
from kmc.reports.badge import badge
from kmc.reports.build import JOURNAL, build
from kmc.reports.certificate import certificate
from kmc.reports.compare import NOTHING, as_json, as_markdown, as_table, compare
from kmc.reports.files import ReportError
from kmc.reports.model import load as load_report
from kmc.reports.model import schema
from kmc.reports.signature import sign, signature_path, write_keys
from kmc.reports.summary import summary
from kmc.reports.table import as_html as as_page
from kmc.reports.table import as_markdown as as_text
from kmc.reports.table import table
from kmc.reports.terminal import render
from kmc.reports.verify import verify

TO_FILE = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to FILE, whole or not at all, instead of printing.",
)


class Reporting(click.Group):
    """Commands that say what is wrong with a file in a line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ReportError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # nobody reads any more, which click knows
            if error.filename is None:
                sys.stdout = io.StringIO()  # Python would try the rest again at its end
            raise click.ClickException(f"{error.filename or 'standard output'}: {error.strerror}") from error


@click.group(cls=Reporting)
def report() -> None:
    """Make, check and show conformance reports."""


@report.command("build")
@click.argument("journals", metavar="JOURNAL...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def build_reports(journals: tuple[Path, ...]) -> None:
    """Make the report of each JOURNAL (a run's folder, or the journal.jsonl in it), beside it.

    Also of a run that was killed: what it did not get to is listed as not-run.
    Exit code 1: a journal can't be read or was changed, or a file can't be written.
    """
    for journal in journals:
        run = journal if journal.is_dir() else journal.parent
        if journal.is_file() and journal.name != JOURNAL:
            raise click.BadParameter(f"{journal}: a journal's name is {JOURNAL}", param_hint="JOURNAL")
        click.echo(render(*build(run)), nl=False)


@report.command("verify")
@click.argument("file", metavar="FILE|FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option("--key", metavar="PUBLIC", type=FILE, help="Require a signature by this key, beside the report.")
@click.pass_context
def verify_report(context: click.Context, file: Path, key: Path | None) -> None:
    """Check that the report in FILE is whole, unchanged, and comes to the verdict that it names.

    Of a FOLDER, as `kmc report submission` makes it, that all of it belongs to its report, which its key has signed.
    Of a FILE, it needs the file only. A journal.jsonl and attachments that lie beside it are checked too, and the set
    of requirements is held against that of this suite, where it is of the same version.
    Each problem is a line: its kind, then what was found and what was expected.
    Exit code 0: nothing is wrong. 1: something is. 2: the command was used wrongly, or there is no such file.
    """
    if file.is_dir():
        found, file = check_folder(file, key)
    else:
        found = verify(file, published_sets(load()), key)
    for problem in found.problems:
        click.echo(f"{file}: {problem.code}: {problem.message}")
    for missing in found.unchecked:
        click.echo(f"{file}: not checked: {missing}", err=True)
    if found.problems or found.report is None:
        context.exit(1)
    click.echo(f"{file}: verified: {found.report.verdict} ({found.report.reason})")


@report.command("new-key")
@click.argument("private", type=click.Path(path_type=Path))
def make_keys(private: Path) -> None:
    """Make a key pair for signing: PRIVATE, readable by its owner only, and PRIVATE.pub, to be published."""
    public = write_keys(private)
    click.echo(f"{private}: keep it secret\n{public}: publish it")


@report.command("sign")
@click.argument("file", type=FILE)
@click.option("--key", metavar="PRIVATE", type=FILE, required=True, help="A key of `kmc report new-key`.")
def sign_report(file: Path, key: Path) -> None:
    """Sign the report in FILE, after verifying it. The signature is FILE.dsse.json.

    It is an in-toto Statement with the test-result predicate in a DSSE envelope.
    Exit code 1: the report does not verify, the key can't be used, or the signature can't be written.
    """
    found = verify(file, published_sets(load()))
    if found.problems or found.report is None:
        raise click.ClickException(f"{file} does not verify, so it is not signed; see kmc report verify")
    files.write(signature_path(file), sign(found.report, file, key))
    click.echo(f"{signature_path(file)}: signed")


@report.command("compare")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.pass_context
def compare_reports(context: click.Context, before: Path, after: Path, form: str) -> None:
    """Show what changed from the report BEFORE to the report AFTER; times and ids do not count.

    Exit code 0: nothing got worse. 1: something did, or a file is no report. 2: the command was used wrongly.
    """
    changes = compare(load_report(before), load_report(after))
    if form == "json":
        click.echo(as_json(changes), nl=False)
    elif form == "markdown":
        click.echo(as_markdown(changes), nl=False)
    elif changes:
        Console().print(as_table(changes))
    else:
        click.echo(NOTHING)
    context.exit(any(change.is_worse for change in changes))


@report.command("table")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=FILE)
@click.option("--format", "form", type=click.Choice(["markdown", "html"]), default="markdown", show_default=True)
@TO_FILE
def show_table(reports: tuple[Path, ...], form: str, output: Path | None) -> None:
    """Show reports side by side: a row of each requirement, a column of each REPORT, in the order given.

    For releases of Knative, ingresses, or products. The HTML is one file, to be read without a network.
    """
    made = table([load_report(file) for file in reports])
    _give(as_page(made) if form == "html" else as_text(made), output)


@report.command("summary")
@click.argument("file", type=FILE)
@TO_FILE
def show_summary(file: Path, output: Path | None) -> None:
    """Give the report in FILE in a few lines of Markdown, as for the summary of a CI job."""
    _give(summary(load_report(file)), output)


@report.command("badge")
@click.argument("file", type=FILE)
@TO_FILE
def show_badge(file: Path, output: Path | None) -> None:
    """Give the verdict of the report in FILE as the JSON of a shields.io endpoint, which draws the badge."""
    _give(badge(load_report(file)), output)


@report.command("render")
@click.argument("file", type=FILE)
@TO_FILE
def render_certificate(file: Path, output: Path | None) -> None:
    """Give the report in FILE as one HTML file, to be read without a network."""
    _give(certificate(load_report(file)), output)


@report.command("schema")
@TO_FILE
def show_schema(output: Path | None) -> None:
    """Give the JSON Schema of reports."""
    _give(json.dumps(schema(), indent=2) + "\n", output)


report.add_command(submission_command)
report.add_command(site_command)


def _give(text: str, output: Path | None) -> None:
    if output:
        files.write(output, text)
    else:
        click.echo(text, nl=False)
