"""Every public report of a bug is accounted for."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kmc.commands import known_bugs
from kmc.commands.requirements import requirements
from kmc.fixtures.requirements import load

ONE = """\
bugs:
  - what: It breaks.
    broken: "1.12"
    reports: [https://github.com/knative/serving/issues/1]
"""


def read(folder: Path, text: str) -> tuple[known_bugs.KnownBug, ...]:
    file = folder / "bugs.yaml"
    file.write_text(text)
    return known_bugs.load(file)


def test_all_known_bugs_are_judged_or_say_why_not() -> None:
    bugs = known_bugs.load()
    assert known_bugs.unaccounted(bugs, load()) == []
    assert len({bug.what for bug in bugs}) == len(bugs) > 50


def test_a_bug_that_nothing_judges_needs_a_reason(tmp_path: Path) -> None:
    assert known_bugs.unaccounted(read(tmp_path, ONE), load()) == [
        "It breaks. Nothing judges it, and no reason is given."
    ]
    assert known_bugs.unaccounted(read(tmp_path, ONE + "    because: It can't be seen.\n"), load()) == []


@pytest.mark.parametrize("requirement", ["MC-XXX-01", "MC-ASC-09"])
def test_a_bug_is_judged_by_a_requirement_that_has_a_test(tmp_path: Path, requirement: str) -> None:
    bugs = read(tmp_path, f"{ONE}    judged: [{requirement}, MC-STA-04]\n")
    assert known_bugs.unaccounted(bugs, load()) == [
        f"It breaks. It is to be judged by {requirement}, which has no test."
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("/issues/1", ""), ("    broken", "    colour: red\n    broken"), ("It breaks.", '""')]
)
def test_a_wrong_entry_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read(tmp_path, ONE.replace(old, new))


def test_coverage_shows_the_bugs_and_fails_where_one_is_unaccounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = CliRunner().invoke(requirements, ["coverage", "--format", "markdown"])
    assert answer.exit_code == 0
    assert f"{len(known_bugs.load())} known bugs: " in answer.output
    assert "| A probe whose path has no slash at its beginning never passes. |" in answer.output
    silent = read(tmp_path, ONE)
    monkeypatch.setattr(known_bugs, "load", lambda: silent)
    answer = CliRunner().invoke(requirements, ["coverage"])
    assert answer.exit_code == 1
    assert "It breaks. Nothing judges it" in answer.output
