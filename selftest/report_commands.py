"""`kmc report`, as tests call it."""

from click.testing import CliRunner, Result

from kmc.commands.report import report


def kmc_report(*arguments: object) -> Result:
    """Run a command of `kmc report`."""
    return CliRunner().invoke(report, [str(each) for each in arguments])
