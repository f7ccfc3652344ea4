"""Earlier versions of the requirement set stay as they were published."""

from pathlib import Path

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.requirements import FOLDER, load
from kmc.fixtures.run.journaling import set_of
from kmc.fixtures.versions import Change, Version
from selftest.test_requirements import ROW, made_up

LATER = """\
  - id: MC-XXX-02
    set: "1.1"
    claim: It works twice.
    profile: core
    level: must
    basis: SPEC
    since: "1.12"
    sources: [https://knative.dev/docs/serving/]
"""
OWN = f"""\
name: some set
version: "1.1"
published: {{"1.0": ["{"a" * 64}"]}}
behaviours: {{XXX: 2}}
"""


def test_every_published_version_can_still_be_judged_as_it_was_published() -> None:
    published = {version: digests[0] for version, digests in load().published.items()}
    assert published
    assert {version: set_of(load(version=version)).sha256 for version in published} == published


def test_what_came_later_is_left_out_of_an_earlier_version(tmp_path: Path) -> None:
    made_up(tmp_path, ROW + LATER, OWN)
    now, then = load(tmp_path), load(tmp_path, "1.0")
    assert (now.version, list(now.by_id), now.newer) == ("1.1", ["MC-XXX-01", "MC-XXX-02"], frozenset())
    assert (then.version, list(then.by_id), then.newer) == ("1.0", ["MC-XXX-01"], frozenset({"MC-XXX-02"}))
    with pytest.raises(BadOption, match=r"MC-XXX-02: it came after version 1\.0 of the requirement set"):
        then.check_chosen(["MC-XXX-02"], ["core"])


def test_a_claim_that_changed_is_as_it_was_in_an_earlier_version(tmp_path: Path) -> None:
    earlier = '    earlier: {"1.0": {claim: "It seems to work.", since: "1.10"}}\n'
    made_up(tmp_path, ROW + earlier, OWN)
    now, then = (load(tmp_path, version)["MC-XXX-01"] for version in ("1.1", "1.0"))
    assert (now.claim, now.since) == ("It works.", Change.of("1.12"))
    assert (then.claim, then.since, then.level) == ("It seems to work.", Change.of("1.10"), now.level)


def test_a_version_that_there_is_not_is_refused(tmp_path: Path) -> None:
    made_up(tmp_path, ROW + LATER, OWN)
    with pytest.raises(BadOption, match=r"--requirement-set 2\.0: no such version; there are 1\.0, 1\.1"):
        load(tmp_path, "2.0")


def test_every_requirement_came_with_a_version_that_there_is() -> None:
    known = {load().version, *load().published}
    rows = [line.split() for file in FOLDER.glob("*/requirements.yaml") for line in file.read_text().splitlines()]
    assert {words[1].strip('"') for words in rows if words[:1] == ["set:"]} <= known
    assert Version.of(load().version) == max(map(Version.of, known))
