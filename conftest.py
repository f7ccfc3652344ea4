"""Options and the list of plugins, nothing else."""

import pytest

from fixtures.options import add_options

pytest_plugins = ["reports.plugin", "fixtures.plugin", "fixtures.crashes", "fixtures.telling", "fixtures.provided"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the suite."""
    add_options(parser)
