"""The `kmc` command."""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from kmc.fixtures.evidence import bug_report

EXIT_BUG = 3
"""Exit code of an error that nobody foresaw, the same as pytest's."""

_NAMES = ("clean", "cluster", "doctor", "images", "job", "rbac", "report", "requirements", "run")
"""The commands; each is the object of its name in the module of its name."""


class _Commands(click.Group):
    """Commands that are imported when they are needed, and end in no traceback."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_NAMES)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import one command: most need only a part of what all of them import, which takes a second and more."""
        if name not in _NAMES:
            return None
        return cast(click.Command, getattr(import_module(f"kmc.commands.{name}"), name))

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
