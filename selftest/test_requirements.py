"""The requirement set and the tests: each knows the other."""

from inspect import signature
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from kmc import conformance
from kmc.commands.coverage import coverage, decides, suite
from kmc.fixtures.errors import BadOption
from kmc.fixtures.requirements import AREAS, FOLDER, Requirements, load, parse_profiles, schema
from kmc.fixtures.run.applicability import PREREQUISITES
from kmc.fixtures.run.journaling import published_sets, set_of
from kmc.fixtures.target import gates
from kmc.fixtures.versions import Change, Releases
from kmc.reports.records import Level, Profile

ROW = """\
area: some area
requirements:
  - id: MC-XXX-01
    claim: It works.
    profile: core
    level: must
    basis: SPEC
    since: "1.12"
    sources: [https://knative.dev/docs/serving/]
"""
SET = """\
name: some set
version: "1.0"
behaviours: {XXX: 2}
"""


def made_up(folder: Path, row: str = ROW, own: str = SET) -> Requirements:
    (folder / "some").mkdir(parents=True)
    (folder / "some" / "requirements.yaml").write_text(row)
    (folder / "set.yaml").write_text(own)
    return load(folder)


def areas() -> dict[str, str]:
    """Return for each requirement the folder whose file has it."""
    files = {file.parent.name: yaml.safe_load(file.read_text()) for file in FOLDER.glob(AREAS)}
    return {row["id"]: folder for folder, document in files.items() for row in document["requirements"]}


def test_every_test_decides_a_requirement_that_there_is() -> None:
    known = load().by_id
    wrong = {name: decides(test) for name, test in suite() if not decides(test) or not set(decides(test)) <= set(known)}
    assert wrong == {}


def test_every_behaviour_and_requirement_is_tested_or_excluded() -> None:
    assert [each.id for each in coverage(load()) if each.state == "missing"] == []


def test_every_test_is_in_the_folder_of_its_requirements() -> None:
    folders = areas()
    astray = [
        f"{name} decides {each}: expected in conformance/{folders[each]}/"
        for name, test in suite()
        for each in decides(test)
        if name.split("/")[1] != folders[each]
    ]
    assert astray == []


def test_the_letters_of_an_id_belong_to_one_area() -> None:
    folders: dict[str, set[str]] = {}
    for requirement, folder in areas().items():
        folders.setdefault(requirement[3:6], set()).add(folder)
    assert {letters: found for letters, found in folders.items() if len(found) > 1} == {}


def test_an_excluded_requirement_has_no_test() -> None:
    assert [each.id for each in coverage(load()) if each.excluded and each.tests] == []


def test_few_behaviours_are_excluded() -> None:
    assert sum(each.state == "excluded" for each in coverage(load())) <= 20


def test_a_behaviour_without_requirement_is_missing(tmp_path: Path) -> None:
    row = ROW + "    excluded: It can't be seen.\n"
    states = {each.id: each.state for each in coverage(made_up(tmp_path, row))}
    assert states == {"MC-XXX-01": "excluded", "MC-XXX-02": "missing"}


def test_a_published_set_is_not_changed() -> None:
    found = load()
    own = set_of(found)
    assert own.version not in found.published or own.sha256 == found.published[own.version][0], (
        f"{own.name} {own.version} was published with other claims: raise the version in set.yaml"
    )


def test_links_can_be_mended_in_a_published_set(tmp_path: Path) -> None:
    rows = (ROW, ROW.replace("docs/serving", "docs/eventing"), ROW.replace("It works", "It fails"))
    folders = [tmp_path / str(number) for number in range(len(rows))]
    before, mended, changed = (set_of(made_up(*each)) for each in zip(folders, rows, strict=True))
    assert before == mended != changed


def test_reports_of_every_digest_of_the_set_are_known(tmp_path: Path) -> None:
    one, two, three = (digit * 64 for digit in "abc")
    found = made_up(tmp_path, own=f"{SET}published: {{'0.9': ['{one}'], '1.0': ['{two}', '{three}']}}\n")
    assert published_sets(found) == {"some set 0.9": {one}, "some set 1.0": {set_of(found).sha256, two, three}}


def test_the_schema_is_one_and_has_the_words_that_the_suite_knows() -> None:
    Draft202012Validator.check_schema(schema())
    fields = schema()["$defs"]["requirement"]["properties"]
    words = (fields["profile"]["enum"], fields["level"]["enum"], fields["needs"]["items"]["enum"])
    assert words == (list(Profile), list(Level), list(PREREQUISITES))


@pytest.mark.parametrize("minor", range(12, 25))
def test_every_release_is_told_what_to_expect(minor: int) -> None:
    for release in (Releases.named(f"1.{minor}.{patch}") for patch in range(8)):
        for entry in load().by_id.values():
            if entry.expect and entry.since.reached(release):
                assert entry.expected(release)


def test_what_is_expected_of_a_release_is_what_a_test_compares_with() -> None:
    reading = {each for _, test in suite() if "expected" in signature(test).parameters for each in decides(test)}
    assert reading == {entry.id for entry in load().by_id.values() if entry.expect}


def test_every_gate_of_a_requirement_is_one_of_knatives() -> None:
    known = {key for minor in range(12, 25) for key in gates.read({}, Releases.named(f"1.{minor}.0"))}
    assert {key for entry in load().by_id.values() for key in entry.gates} <= known


def test_an_expectation_is_chosen_by_release(tmp_path: Path) -> None:
    expect = "    expect:\n      - {before: '1.17', value: dropped}\n      - {value: refused}\n"
    entry = made_up(tmp_path, ROW + expect)["MC-XXX-01"]
    releases = [Releases.named("1.16.3"), Releases.named("1.17.0"), None]
    assert [entry.expected(release) for release in releases] == ["dropped", "refused", "refused"]


def test_a_release_without_an_expectation_is_an_error(tmp_path: Path) -> None:
    expect = "    expect: [{before: '1.15', value: kept}, {before: '1.17', value: dropped}]\n"
    entry = made_up(tmp_path, ROW + expect)["MC-XXX-01"]
    with pytest.raises(LookupError, match=r"MC-XXX-01 does not say what to expect of Knative 1.17"):
        entry.expected(Releases.named("1.17.0"))


@pytest.mark.parametrize(
    ("release", "value"),
    [("1.14.9", "ill"), ("1.15.2", "ill"), ("1.15.3", "well"), ("1.16.0", "ill"), ("1.16.1", "well"), ("1.17", "well")],
)
def test_a_backported_change_is_told_by_the_first_release_of_each_minor(
    tmp_path: Path, release: str, value: str
) -> None:
    expect = "    expect: [{before: ['1.16.1', '1.15.3'], value: ill}, {value: well}]\n"
    entry = made_up(tmp_path, ROW + expect)["MC-XXX-01"]
    assert entry.expected(Releases.named(release)) == value


def test_a_release_without_its_patch_may_leave_unclear_what_to_expect(tmp_path: Path) -> None:
    expect = "    expect: [{before: ['1.15.3', '1.16.1'], value: ill}, {value: well}]\n"
    entry = made_up(tmp_path, ROW + expect)["MC-XXX-01"]
    assert [entry.is_unclear(Releases.named(each)) for each in ("1.14", "1.15", "1.15.3", "1.17")] == [0, 1, 0, 0]
    assert not entry.is_unclear(None)


def test_every_test_states_its_claim() -> None:
    assert [name for name, test in suite() if not (test.__doc__ or "").strip()] == []


def test_no_test_skips_by_itself() -> None:
    sources = [Path(file) for folder in conformance.__path__ for file in Path(folder).rglob("*.py")]
    assert sources
    assert [file.name for file in sources if "skip" in file.read_text()] == []


def test_a_set_is_read_from_its_files(tmp_path: Path) -> None:
    found = made_up(tmp_path)
    assert (found.name, found.version, found.behaviours) == ("some set", "1.0", ("MC-XXX-01", "MC-XXX-02"))
    entry = found["MC-XXX-01"]
    assert (entry.area, entry.since, entry.gates, entry.needs) == ("some area", Change.of("1.12"), {}, ())


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("profile: core", "profile: heart", "MC-XXX-01 profile: 'heart' is not one of"),
        ("level: must", "level: shall", "MC-XXX-01 level: 'shall' is not one of"),
        ("basis: SPEC", "basis: HEARSAY", "MC-XXX-01 basis: 'HEARSAY' is not one of"),
        ("    level: must\n", "", "MC-XXX-01: 'level' is a required property"),
        ('since: "1.12"', "since: soon", "MC-XXX-01 since: 'soon' is not"),
        ('since: "1.12"', "since: 1.12", "MC-XXX-01 since: 1.12 is not"),
        ('since: "1.12"', "since: ['1.12', '1.12.3']", "MC-XXX-01: 1.12 and 1.12.3 are of the same minor"),
        (
            "    sources",
            "    gates: {multi-container: 'on'}\n    sources",
            "MC-XXX-01 gates multi-container: 'on' is not",
        ),
        ("    sources", "    needs: [luck]\n    sources", "MC-XXX-01 needs 0: 'luck' is not one of"),
        ("    sources", "    colour: red\n    sources", "MC-XXX-01: .*'colour' was unexpected"),
        ("MC-XXX-01", "MC-X-1", "MC-X-1 id: 'MC-X-1' does not match"),
        ("area: some area\n", "", "the file: 'area' is a required property"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"^some/requirements.yaml: {complaint}"):
        made_up(tmp_path, ROW.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [('version: "1.0"\n', ""), ("XXX: 2", "OFF: 2"), ("XXX: 2", "XXX: many"), ('"1.0"', "1.0")]
)
def test_a_wrong_description_of_the_set_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ValueError, match=r"^set.yaml: the file"):
        made_up(tmp_path, own=SET.replace(old, new))


def test_an_id_is_in_the_set_once(tmp_path: Path) -> None:
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "requirements.yaml").write_text(ROW)
    with pytest.raises(ValueError, match=r"some/requirements.yaml: MC-XXX-01 is in the set twice"):
        made_up(tmp_path)


def test_the_claims_are_sentences_of_their_own() -> None:
    claims = [entry.claim for entry in load().by_id.values()]
    assert [claim for claim in claims if not claim.endswith(".") or claims.count(claim) > 1] == []


def test_profiles_are_read_from_a_list() -> None:
    assert parse_profiles("core, gated") == ("core", "gated")


@pytest.mark.parametrize("text", ["", "heart", "core,heart"])
def test_an_unknown_profile_is_refused(text: str) -> None:
    with pytest.raises(BadOption, match="no such profile; there are core, probing, gated, upstream, limits"):
        parse_profiles(text)
