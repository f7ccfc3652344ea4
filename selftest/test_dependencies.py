"""An installed suite takes a range of each dependency; what it is tested with is pinned, whole."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = {
    canonicalize_name(pin.name): pin
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if not line.startswith("#")
    for pin in [Requirement(line)]
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = [*PROJECT["optional-dependencies"].values()]
DIRECT = [Requirement(line) for line in sum(EXTRAS, PROJECT["dependencies"])]


def indirect(requirement: Requirement, seen: set[str]) -> Iterator[Requirement]:
    """Find all that a dependency brings with it here."""
    for line in requires(requirement.name) or []:
        found = Requirement(line)
        wanted = found.marker is None or any(
            found.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)
        )
        if wanted and found.name not in seen:
            seen.add(found.name)
            yield found
            yield from indirect(found, seen)


def test_every_dependency_is_pinned_to_a_version_in_its_range() -> None:
    for requirement in DIRECT:
        (pin,) = PINS[canonicalize_name(requirement.name)].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"{requirement} does not allow {pin}"


def test_what_the_dependencies_depend_on_is_pinned_too() -> None:
    seen: set[str] = set()
    brought = {canonicalize_name(each.name) for one in DIRECT for each in indirect(one, seen)}
    assert brought - PINS.keys() == set()


def test_no_dependency_is_pinned_for_those_who_install_the_suite() -> None:
    assert [str(each) for each in DIRECT if "==" in str(each.specifier)] == []
