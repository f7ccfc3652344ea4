"""The project's own tests end at any warning; a run of the suite never does."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "error")
