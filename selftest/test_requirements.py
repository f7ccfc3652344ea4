"""The requirement set and the tests: each knows the other."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import conformance
from fixtures.errors import BadOption
from fixtures.requirements import MARK, load, parse_profiles
from fixtures.versions import Version

ROW = """\
area: some area
requirements:
  - id: MC-X-01
    claim: It works.
    profile: core
    level: must
    basis: SPEC
    since: "1.12"
    source: somewhere
"""


def _tests() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.iter_modules(conformance.__path__, "conformance."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.startswith("test_") and callable(value):
                yield f"{module.name}.{name}", value


def _ids(test: Any) -> list[str]:
    marks = list(getattr(test, "pytestmark", []))
    parameters = [value for mark in marks if mark.name == "parametrize" for value in mark.args[1]]
    marks += [mark for parameter in parameters for mark in getattr(parameter, "marks", ())]
    return [mark.args[0] for mark in marks if mark.name == MARK]


def test_every_test_decides_a_requirement_that_there_is() -> None:
    known = load().by_id
    wrong = {name: _ids(test) for name, test in _tests() if not _ids(test) or not set(_ids(test)) <= set(known)}
    assert wrong == {}


def test_every_requirement_has_a_test() -> None:
    tested = {each for _, test in _tests() for each in _ids(test)}
    untested = {each.id for each in load().by_id.values() if not each.excluded}
    assert untested - tested == set()


def test_an_excluded_requirement_has_no_test() -> None:
    tested = {each for _, test in _tests() for each in _ids(test)}
    assert {each.id for each in load().by_id.values() if each.excluded} & tested == set()


@pytest.mark.parametrize("minor", range(12, 25))
def test_every_release_is_told_what_to_expect(minor: int) -> None:
    release = Version(1, minor)
    for entry in load().by_id.values():
        if entry.expect and entry.since <= release:
            assert entry.expected(release)


def test_an_expectation_is_chosen_by_release(tmp_path: Path) -> None:
    expect = "    expect:\n      - {before: '1.17', value: dropped}\n      - {value: refused}\n"
    (tmp_path / "some.yaml").write_text(ROW + expect)
    entry = load(tmp_path)["MC-X-01"]
    releases = [Version(1, 16), Version(1, 17), None]
    assert [entry.expected(release) for release in releases] == ["dropped", "refused", "refused"]


def test_a_release_without_an_expectation_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(ROW + "    expect: [{before: '1.17', value: dropped}]\n")
    with pytest.raises(LookupError, match=r"MC-X-01 does not say what to expect of Knative 1.17"):
        load(tmp_path)["MC-X-01"].expected(Version(1, 17))


def test_every_test_states_its_claim() -> None:
    assert [name for name, test in _tests() if not (test.__doc__ or "").strip()] == []


def test_no_test_skips_by_itself() -> None:
    sources = [Path(file) for folder in conformance.__path__ for file in Path(folder).glob("*.py")]
    assert sources
    assert [file.name for file in sources if "skip" in file.read_text()] == []


def test_a_set_is_read_from_its_files(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(ROW)
    found = load(tmp_path)
    assert (found["MC-X-01"].area, found["MC-X-01"].gates, found["MC-X-01"].needs) == ("some area", {}, ())


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(ROW)
    before = load(tmp_path).sha256
    (tmp_path / "some.yaml").write_text(ROW.replace("It works.", "It works!"))
    assert load(tmp_path).sha256 != before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("profile: core", "profile: heart", "unknown profile 'heart'"),
        ("level: must", "level: shall", "unknown level 'shall'"),
        ("basis: SPEC", "basis: HEARSAY", "unknown basis 'HEARSAY'"),
        ("    level: must\n", "", "MC-X-01: .*level"),
        ('since: "1.12"', "since: soon", "'soon' is not a version"),
        ("    source", "    gates: {multi-container: 'on'}\n    source", "unknown gate state 'on'"),
        ("    source", "    needs: [luck]\n    source", "unknown need 'luck'"),
        ("    source", "    colour: red\n    source", "MC-X-01: .*colour"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    (tmp_path / "some.yaml").write_text(ROW.replace(old, new))
    with pytest.raises(ValueError, match=complaint):
        load(tmp_path)


def test_an_id_stands_in_the_set_once(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ROW)
    (tmp_path / "two.yaml").write_text(ROW)
    with pytest.raises(ValueError, match=r"two.yaml: MC-X-01 stands in the set twice"):
        load(tmp_path)


def test_profiles_are_read_from_a_list() -> None:
    assert parse_profiles("core, gated") == ("core", "gated")


@pytest.mark.parametrize("text", ["", "heart", "core,heart"])
def test_an_unknown_profile_is_refused(text: str) -> None:
    with pytest.raises(BadOption, match="no such profile; there are core, probing, gated, upstream, limits"):
        parse_profiles(text)
