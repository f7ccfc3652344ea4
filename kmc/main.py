"""The `kmc` command."""

import sys
import tempfile
from pathlib import Path

import click

from kmc.commands.clean import clean
from kmc.commands.cluster import cluster
from kmc.commands.doctor import doctor
from kmc.commands.images import images
from kmc.commands.job import job
from kmc.commands.rbac import rbac
from kmc.commands.report import report
from kmc.commands.requirements import requirements
from kmc.commands.run import run
from kmc.fixtures.evidence import bug_report

EXIT_BUG = 3
"""Exit code of an error that nobody foresaw, the same as pytest's."""


class _Commands(click.Group):
    """Commands that end in no traceback."""

    def invoke(self, context: click.Context) -> object:
        """Run the command; report an error that is no message to its user as a bug."""
        try:
            return super().invoke(context)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort
            click.echo(f"Error: {bug_report.write(error, Path(tempfile.gettempdir()))}", err=True)
            sys.exit(EXIT_BUG)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knative-multicontainer-conformance")
def main() -> None:
    """kmc, Knative multi-container: judge a cluster (kmc run), and what belongs to that."""


for command in (run, job, doctor, clean, rbac, cluster, images, report, requirements):
    main.add_command(command)
