"""Options and the list of plugins, nothing else."""

import pytest

from kmc.fixtures.run.options import add_options

pytest_plugins = [
    "kmc.reports.plugin",
    "kmc.fixtures.plugin.hooks",
    "kmc.fixtures.plugin.crashes",
    "kmc.fixtures.plugin.labels",
    "kmc.fixtures.plugin.provided",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the suite."""
    add_options(parser)
