"""The options of the suite, and the list of its plugins: `kmc run` and conftest.py have pytest load this module."""

import pytest

from kmc.fixtures.run.options import add_options

pytest_plugins = [
    "kmc.fixtures.plugin.last_resort",
    "kmc.reports.plugin",
    "kmc.fixtures.plugin.hooks",
    "kmc.fixtures.plugin.defaults",
    "kmc.fixtures.plugin.selection",
    "kmc.fixtures.plugin.upgrading",
    "kmc.fixtures.plugin.crashes",
    "kmc.fixtures.plugin.unwritten",
    "kmc.fixtures.plugin.room",
    "kmc.fixtures.plugin.labels",
    "kmc.fixtures.plugin.progress",
    "kmc.fixtures.plugin.provided",
    "kmc.fixtures.plugin.secrecy",  # behind all that print: the last one's hooks come first
    "kmc.embedded_plugin",
]
pytest.register_assert_rewrite(*pytest_plugins)  # those that others import before pytest does, too


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the suite."""
    if parser.prog == "pytest.main()":  # so kmc run has started pytest, and is what messages should name
        parser.prog = "kmc run"
    add_options(parser)
