"""`kmc run`: judge a cluster, from any folder, in a checkout or an installed package."""

import sys

import click
import pytest

from kmc import SUITE
from kmc.fixtures.plugin.command_line import join_values

WORKERS = "8"
"""Tests wait far more than they compute, so there are many workers, whatever the machine."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]")
def run(words: tuple[str, ...]) -> None:
    """Judge a cluster: --kubeconfig FILE, or --embedded. `kmc run --help` lists the options.

    It takes all options of the suite and of pytest, such as -k. Exit codes: 0 nothing failed, 1 something did,
    2 interrupted, 4 wrong option, 10 the target can't be judged.
    """
    sys.exit(pytest.main(arguments(list(words))))


def arguments(words: list[str]) -> list[str]:
    """Return pytest's arguments for the words of a command line."""
    workers = [] if any(word.startswith(("-n", "--numprocesses")) for word in words) else ["-n", WORKERS]
    tests = [] if any("::" in word or word.endswith(".py") for word in words) else [str(SUITE / "conformance")]
    return ["-c", str(SUITE / "pytest.ini"), "--rootdir", str(SUITE), *workers, *join_values(words), *tests]
