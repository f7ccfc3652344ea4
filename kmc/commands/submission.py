"""`kmc report submission` and `kmc report site`: what vendors hand in, and a page of all of it."""

from dataclasses import replace
from pathlib import Path

import click

from kmc.fixtures.requirements import load
from kmc.fixtures.run.journaling import published_sets
from kmc.reports import site, submission
from kmc.reports.files import ReportError
from kmc.reports.signature import key_of, signature_path
from kmc.reports.verify import Code, Problem, Verification, verify

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("submission")
@click.argument("file", type=FILE)
@click.option("--key", metavar="PRIVATE", type=FILE, required=True, help="A key of `kmc report new-key`.")
@click.option("-o", "--output", metavar="FOLDER", type=_FOLDER, required=True, help="Write the files there.")
def submission_command(file: Path, key: Path, output: Path) -> None:
    """Make what a vendor hands in of the report in FILE: a folder.

    It has the report with its signature and the public key, the certificate, and a page that says how to reproduce
    the run. The report must verify, be of all requirements, and name the product.
    """
    found = verify(file, published_sets(load()))
    if found.problems or found.report is None:
        raise click.ClickException(f"{file} does not verify, so it is not submitted; see kmc report verify")
    for made in submission.make(found.report, file, key, output):
        click.echo(made)
    click.echo(f"check it with kmc report verify {output}")


@click.command("site")
@click.argument(
    "folders",
    metavar="FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("-o", "--output", metavar="FOLDER", type=_FOLDER, required=True, help="Write the site there.")
def site_command(folders: tuple[Path, ...], output: Path) -> None:
    """Make a static site of all submissions in the FOLDERs: a table, badges, certificates, and how they differ.

    It needs no server and makes no request; each submission is verified, and what is wrong with one is shown.
    """
    found = []
    for folder, report in submission.load_all(folders):
        checked, _ = check_folder(folder, None)
        problems = tuple(f"{each.code}: {each.message}" for each in checked.problems)
        found.append((report, problems, key_of(folder / submission.KEY)))
    made = site.pages(site.entries(found))
    site.write(made, output)
    click.echo(f"{output / site.INDEX}: {len(found)} submission{'s' * (len(found) != 1)}")


def check_folder(folder: Path, key: Path | None) -> tuple[Verification, Path]:
    """Check a submission: its report, by the given key or else its own, and what lies beside it.

    Raises:
        ReportError: there is no report in it, or the key is none.

    """
    file = folder / submission.REPORT
    own = folder / submission.KEY
    chosen = key or (own if own.is_file() and signature_path(file).is_file() else None)
    if not file.is_file():
        raise ReportError(f"{folder}: has no {submission.REPORT}")
    found = verify(file, published_sets(load()), chosen)
    if found.report is None:
        return found, file
    wrong = tuple(Problem(Code.SUBMISSION, each) for each in submission.differences(found.report, folder))
    return replace(found, problems=(*found.problems, *wrong)), file
