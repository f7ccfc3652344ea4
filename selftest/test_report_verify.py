import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kmc.commands.report import report as command
from kmc.reports.build import build
from kmc.reports.records import (
    Outcome,
    RequirementSet,
    Residue,
    attachment,
)
from kmc.reports.requirement_set import digest_with_sources, set_digest
from kmc.reports.strict_json import canonical
from kmc.reports.verify import Code, verify
from selftest.report_examples import (
    HEADER,
    REQUIREMENTS,
    Example,
    check,
    checks,
    target,
    write,
)

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a report of a run with a failure and an attachment, beside its journal."""
    run = tmp_path / "run"
    (run / "logs").mkdir(parents=True)
    (run / "logs" / "app.txt").write_text("a log")
    kept = attachment(run, run / "logs" / "app.txt", "text/plain")
    failed = replace(check("MC-RTE-02", Outcome.FAILED), attachments=(kept,))
    return build(write(run, Example((failed, *checks()[1:]))))[1].report


def find(report: dict[str, Any], requirement: str) -> dict[str, Any]:
    return next(each for each in report["requirements"] if each["id"] == requirement)


def set_outcome(report: dict[str, Any], outcome: str) -> None:
    """Turn the failure into something else, and everything that follows from it."""
    result = find(report, "MC-RTE-02")
    for each in (result, result["tests"][0]):
        each["outcome"] = outcome
    for counts in (report["totals"], report["profiles"][0]["counts"]):
        counts["failed"] -= 1
        counts[outcome] += 1
    for each in (report, report["profiles"][0]):
        each.update(verdict="conformant", reason="every requirement that applies holds")


def write_sealed(file: Path, report: dict[str, Any]) -> None:
    """Write a report as the suite would, its digest made to fit."""
    report["sha256"] = ""
    report["sha256"] = hashlib.sha256(canonical(report).encode()).hexdigest()
    file.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n")


ALONE: dict[str, tuple[Code, Change]] = {
    "outcome of a requirement": (Code.OUTCOME, lambda r: find(r, "MC-RTE-02").update(outcome="passed")),
    "outcome of a test": (Code.OUTCOME, lambda r: find(r, "MC-RTE-02")["tests"][0].update(outcome="passed")),
    "a failed test removed": (Code.OUTCOME, lambda r: find(r, "MC-RTE-02")["tests"].clear()),
    "cause": (Code.OUTCOME, lambda r: find(r, "MC-RTE-02").update(cause="the network")),
    "duration": (Code.OUTCOME, lambda r: find(r, "MC-RTE-02").update(duration=0.1)),
    "a requirement removed": (Code.REQUIREMENT_SET, lambda r: r["requirements"].remove(find(r, "MC-RTE-02"))),
    "a requirement added": (
        Code.REQUIREMENT_SET,
        lambda r: r["requirements"].append({**copy.deepcopy(find(r, "MC-ADM-02")), "id": "MC-ZZZ-01"}),
    ),
    "a requirement twice": (Code.DUPLICATE, lambda r: r["requirements"].append(r["requirements"][-1])),
    "requirements in another order": (Code.FORM, lambda r: r["requirements"].reverse()),
    "a claim": (Code.REQUIREMENT_SET, lambda r: find(r, "MC-RTE-02").update(claim="Anything goes.")),
    "a level": (Code.REQUIREMENT_SET, lambda r: find(r, "MC-RTE-02").update(level="should")),
    "a profile": (Code.REQUIREMENT_SET, lambda r: find(r, "MC-RTE-02").update(profile="limits")),
    "the digest of a profile": (Code.REQUIREMENT_SET, lambda r: r["requirementSet"]["profiles"].update(core="0" * 64)),
    "the digest of the set": (Code.REQUIREMENT_SET, lambda r: r["requirementSet"].update(sha256="0" * 64)),
    "totals": (Code.TOTALS, lambda r: r["totals"].update(failed=0)),
    "counts of a profile": (Code.VERDICT, lambda r: r["profiles"][0]["counts"].update(failed=0)),
    "verdict of a profile": (Code.VERDICT, lambda r: r["profiles"][0].update(verdict="conformant")),
    "a profile removed": (Code.VERDICT, lambda r: r["profiles"].pop()),
    "verdict": (Code.VERDICT, lambda r: r.update(verdict="conformant")),
    "reason": (Code.VERDICT, lambda r: r.update(reason="because")),
    "an unknown field": (Code.SCHEMA, lambda r: r.update(comment="trust me")),
    "an unknown field within": (Code.SCHEMA, lambda r: find(r, "MC-RTE-02")["tests"][0].update(flaky=True)),
    "a field removed": (Code.SCHEMA, lambda r: r.pop("residue")),
    "an unknown outcome": (Code.SCHEMA, lambda r: find(r, "MC-RTE-02").update(outcome="skipped")),
    "another kind": (Code.SCHEMA, lambda r: r.update(kind="Report")),
    "an attachment's digest": (
        Code.ATTACHMENT,
        lambda r: find(r, "MC-RTE-02")["tests"][0]["attachments"][0].update(sha256="0" * 64),
    ),
}
"""What a stranger finds who has the report and the attachments, though its digest was made to fit."""

BESIDE_JOURNAL: dict[str, Change] = {
    "everything that follows from an outcome": lambda r: set_outcome(r, "passed"),
    "the product's version": lambda r: r["implementation"].update(version="9.9"),
    "the target's version": lambda r: r["target"].update(knative="1.24.0"),
    "evidence": lambda r: find(r, "MC-ADM-02")["evidence"][0].update(value={"code": 500}),
    "an image's digest": lambda r: r["images"][0].update(digest="sha256:" + "2" * 64),
    "a timeout": lambda r: r["run"]["timeouts"].update(ready=6000.0),
    "residue": lambda r: r.update(residue=["Pod/kmc/forgotten"]),
    "start": lambda r: r["run"].update(start="2027-01-02T03:04:05.678Z"),
    "the suite's commit": lambda r: r["suite"].update(commit="fffffff"),
    "the journal's digest": lambda r: r["journal"].update(sha256="0" * 64),
    "torn records": lambda r: r["journal"].update(torn=1),
}


def test_reports_of_all_kinds_of_runs_verify(tmp_path: Path) -> None:
    examples = {
        "passing": Example(checks()),
        "failing": Example(checks(MC_RTE_02=Outcome.FAILED), residue=Residue(("Pod/kmc/a",))),
        "killed": Example(checks()[:3], footer=None, residue=None),
        "killed at once": Example((), target=None, footer=None, residue=None),
        "not offered": Example(checks(MC_ADM_01=Outcome.PASSED), target=target(multi=False)),
    }
    for name, example in examples.items():
        found = verify(build(write(tmp_path / name, example))[1].report)
        assert (found.problems, found.unchecked) == ((), ()), name


@pytest.mark.parametrize("name", ALONE)
def test_a_change_is_found_without_the_journal(file: Path, name: str) -> None:
    code, change = ALONE[name]
    file.with_name("journal.jsonl").unlink()
    report = json.loads(file.read_text())
    change(report)
    write_sealed(file, report)
    assert code in {problem.code for problem in verify(file).problems}


@pytest.mark.parametrize("name", BESIDE_JOURNAL)
def test_a_change_that_is_consistent_is_found_by_the_journal(file: Path, name: str) -> None:
    report = json.loads(file.read_text())
    BESIDE_JOURNAL[name](report)
    write_sealed(file, report)
    assert [problem.code for problem in verify(file).problems] == [Code.JOURNAL]


def test_a_changed_byte_anywhere_is_found(file: Path) -> None:
    file.with_name("journal.jsonl").unlink()
    content = file.read_bytes()
    for at in range(0, len(content), 17):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert verify(file).problems, f"byte {at}, near {content[at - 20 : at + 20]!r}"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("\n", "\r\n", Code.FORM),
        ("  ", "\t", Code.FORM),
        ('"apiVersion"', '"verdict": "conformant",\n  "apiVersion"', Code.FORM),
        ("1.25", "NaN", Code.SCHEMA),
        ('"core"', '"core\udcff"', Code.SCHEMA),
    ],
)
def test_other_bytes_are_found(file: Path, old: str, new: str, code: Code) -> None:
    changed = file.read_text().replace(old, new)
    file.write_bytes(changed.encode(errors="surrogateescape"))
    assert code in {problem.code for problem in verify(file).problems}


def test_changes_beside_the_report_are_found(file: Path) -> None:
    (file.parent / "logs" / "app.txt").write_text("another log")
    assert [problem.code for problem in verify(file).problems] == [Code.ATTACHMENT]
    (file.parent / "logs" / "app.txt").unlink()
    assert [problem.message for problem in verify(file).problems] == ["logs/app.txt is missing"]
    journal = file.with_name("journal.jsonl")
    journal.write_bytes(journal.read_bytes()[:-1])
    assert {problem.code for problem in verify(file).problems} == {Code.ATTACHMENT, Code.JOURNAL}


def test_what_is_not_there_is_said_to_be_unchecked(file: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.json"
    alone.write_bytes(file.read_bytes())
    found = verify(alone)
    assert found.problems == ()
    assert found.unchecked == ("journal.jsonl is not beside the report", "logs/app.txt is not beside the report")


def test_an_unpublished_set_of_that_name_is_found(file: Path) -> None:
    name = "knative-multi-container 1"
    own = json.loads(file.read_text())["requirementSet"]["sha256"]
    assert verify(file, {name: {"0" * 64, own}}).problems == ()
    (problem,) = verify(file, {name: {"0" * 64, "1" * 64}}).problems
    assert problem.code is Code.REQUIREMENT_SET
    assert problem.message.endswith(f"was published with the sha256 {'0' * 64} or {'1' * 64}")


def test_a_report_whose_set_counts_the_sources_in_is_verified(tmp_path: Path) -> None:
    profiles = {
        profile: digest_with_sources(each for each in REQUIREMENTS if each.profile is profile)
        for profile in {each.profile for each in REQUIREMENTS}
    }
    named = RequirementSet("knative-multi-container", "1", profiles, set_digest(profiles))
    folder = write(tmp_path, Example(checks(), header=replace(HEADER, requirement_set=named)))
    assert verify(build(folder)[1].report).problems == ()


def test_a_set_that_is_not_known_is_said_to_be_unchecked(file: Path) -> None:
    (unchecked,) = verify(file, {"knative-multi-container 2": {"0" * 64}}).unchecked
    assert unchecked.startswith("whether knative-multi-container 1 was published with the sha256")


def test_the_command_says_what_is_wrong_in_a_line_each(file: Path) -> None:
    good = CliRunner().invoke(command, ["verify", str(file)])
    assert good.exit_code == 0
    assert good.stdout == f"{file}: verified: not conformant (core: failed: MC-RTE-02)\n"
    file.write_text(file.read_text().replace('"not conformant"', '"conformant"'))
    bad = CliRunner().invoke(command, ["verify", str(file)])
    assert bad.exit_code == 1
    assert [line.removeprefix(f"{file}: ").partition(":")[0] for line in bad.stdout.splitlines()] == [
        "digest", "verdict", "verdict", "journal"
    ]  # fmt: skip


def test_the_command_refuses_an_absent_file(tmp_path: Path) -> None:
    assert CliRunner().invoke(command, ["verify", str(tmp_path / "none")]).exit_code == 2
