"""`kmc run`: judge a cluster, from any folder, in a checkout or an installed package."""

import argparse
import importlib
import sys
from typing import Any

import click
import pytest

from kmc import SUITE

NAME = "kmc run"
_SUITE_PLUGINS = "kmc.plugins"  # never imported before pytest does, which rewrites assertions at import
PLUGINS = ("xdist", "allure_pytest", _SUITE_PLUGINS)
"""The only plugins of pytest that a run loads, whatever else is installed: -p NAME adds one."""
ABOUT = (
    "Judge a cluster: deploy multi-container Services, decide requirement by requirement whether they work, clean up."
)
MORE = """\
All options of pytest work too; those that are wanted most:
  -n N        run tests with N workers at once; 8 by default, as tests wait far more than they compute. Fewer are a
              smaller load on the cluster, -n 0 runs one test after the other
  -k WORDS    run the tests whose names match, such as -k 'websocket or grpc'
  -x          stop at the first failure
  -v          show each test as it ends
  -p NAME     load a plugin of pytest; of those installed, a run loads none but its own
TESTS are named as in a report: a folder (conformance/logs), a file, or conformance/…/test_….py::test_…

exit codes: 0 nothing failed, 1 something failed, 2 interrupted, 4 a wrong option, 10 the target can't be judged
"""


@click.command(
    NAME.split()[1],
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]")
def run(words: tuple[str, ...]) -> None:
    """Judge a cluster: --kubeconfig FILE, or --embedded. `kmc run --help` lists the options."""
    if {"-h", "--help"} & set(words):
        click.echo(option_parser().format_help(), nl=False)
        return
    try:
        code = pytest.main(arguments(list(words)))
    except KeyboardInterrupt:  # the second; the run has cleaned up, or has said what it left
        code = pytest.ExitCode.INTERRUPTED
    sys.exit(code)


def arguments(words: list[str]) -> list[str]:
    """Return pytest's arguments for the words of a command line."""
    place = ["-c", str(SUITE / "pytest.ini"), "--rootdir", str(SUITE), "--noconftest", "--disable-plugin-autoload"]
    place += [word for name in PLUGINS for word in ("-p", name)]
    given = any(word.startswith(("-n", "--numprocesses")) for word in words)
    alone = any(word.startswith("--before-upgrade") for word in words)  # it runs no test
    workers = [] if given else ["-n", "0" if alone else "auto"]
    return [*place, *workers, *words]


def option_parser() -> argparse.ArgumentParser:
    """Return a parser that knows the options of the suite only, to show them without those of pytest."""
    parser = argparse.ArgumentParser(
        NAME, "kmc run [OPTIONS] [TESTS]", ABOUT, MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    suite = importlib.import_module(_SUITE_PLUGINS)
    for module in (suite, *map(importlib.import_module, suite.pytest_plugins)):
        if declare := getattr(module, "pytest_addoption", None):
            declare(_Groups(parser))
    return parser


class _Groups:
    """Takes options as pytest's parser does."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self.prog = parser.prog

    def getgroup(self, name: str, description: str = "") -> Any:  # noqa: ANN401 - what pytest's has of argparse's
        group: Any = self._parser.add_argument_group(name, description)
        group.addoption = group.add_argument
        return group
