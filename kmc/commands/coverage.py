"""Which tests decide which requirement, and whether every known behaviour is accounted for."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kmc import conformance
from kmc.fixtures.requirements import MARK, Requirements


@dataclass(frozen=True)
class Covered:
    """One id: what tests it, or why nothing does. It is missing where both are empty."""

    id: str
    profile: str
    tests: tuple[str, ...]
    excluded: str

    @property
    def state(self) -> str:
        """One word: tested, excluded or missing."""
        if self.tests:
            return "tested"
        return "excluded" if self.excluded else "missing"


def coverage(requirements: Requirements) -> list[Covered]:
    """Return for every behaviour and every requirement what accounts for it, in the order of their ids."""
    tests: dict[str, list[str]] = {}
    for name, test in suite():
        for each in decides(test):
            tests.setdefault(each, []).append(name)
    return [
        Covered(each, entry.profile, tuple(tests.get(each, ())), entry.excluded)
        if (entry := requirements.by_id.get(each))
        else Covered(each, "", (), "")
        for each in sorted({*requirements.behaviours, *requirements.by_id})
    ]


def suite() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield all tests of the suite, each with its name, as in `conformance/logs/test_output.py::test_lines`."""
    for module in pkgutil.walk_packages(conformance.__path__, "kmc.conformance."):
        if not module.name.rpartition(".")[2].startswith("test_"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.startswith("test_") and callable(value):
                yield f"{module.name.removeprefix('kmc.').replace('.', '/')}.py::{name}", value


def decides(test: Callable[..., Any]) -> list[str]:
    """Return the ids that a test decides, by its own marks and those of its parameters."""
    marks = list(getattr(test, "pytestmark", []))
    parameters = [value for mark in marks if mark.name == "parametrize" for value in mark.args[1]]
    marks += [mark for parameter in parameters for mark in getattr(parameter, "marks", ())]
    return sorted({mark.args[0] for mark in marks if mark.name == MARK})
