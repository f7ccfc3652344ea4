"""Makes `pytest --kubeconfig FILE` in a checkout mean what it says.

pytest looks for its ini-file before it knows the suite's options, so it takes the FILE behind an unknown option for a
path to test, and its folder for the project. Only a checkout loads this plugin (setup.py), in time to start pytest
again with what it would not find.
"""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from kmc import SUITE

CHECKOUT = (SUITE / "pytest.ini").resolve().parent
KNOWN = ("-c", str(CHECKOUT / "pytest.ini"), "--rootdir", str(CHECKOUT), "-p", "kmc.plugins")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Start pytest again if it was started in the checkout, as a program, with a FILE behind an option.

    This is the first hook that is called, and the last before pytest takes hold of stdout and stderr.
    """
    config = pluginmanager.get_plugin("pytestconfig")
    given = list(config.invocation_params.args) if config else []
    if given != sys.argv[1:] or CHECKOUT not in (Path.cwd(), *Path.cwd().parents):
        return
    if needs_more(given):
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *KNOWN, *given])  # noqa: S606 - itself, with more arguments


def needs_more(given: Sequence[str]) -> bool:
    """Whether a word follows a long option, so that pytest may take it for a path, and `KNOWN` is not yet given."""
    two_words = any(
        first.startswith("--") and "=" not in first and second[:1] != "-" for first, second in pairwise(given)
    )
    return two_words and tuple(given[: len(KNOWN)]) != KNOWN
