from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kmc.commands.report import report as command
from kmc.reports.build import build
from kmc.reports.compare import Kind, as_markdown, compare
from kmc.reports.records import Outcome
from selftest.report_examples import FOOTER, HEADER, Example, check, checks, report, target, write

LATER = replace(HEADER, run="run-2", start="2026-02-02T03:04:05.678Z")


def test_two_runs_of_the_same_target_are_equal(tmp_path: Path) -> None:
    slower = tuple(replace(each, duration=9.0, worker="gw7", start=LATER.start) for each in checks())
    later = Example(slower[::-1], header=LATER, footer=replace(FOOTER, end="2026-02-02T03:06:05.678Z"))
    assert compare(report(tmp_path / "a", Example(checks())), report(tmp_path / "b", later)) == []


@pytest.mark.parametrize(
    ("before", "after", "kind", "worse"),
    [
        (Outcome.PASSED, Outcome.FAILED, Kind.NEWLY_FAILING, True),
        (Outcome.NOT_RUN, Outcome.FAILED, Kind.NEWLY_FAILING, True),
        (Outcome.PASSED, Outcome.ERROR, Kind.NEWLY_UNSETTLED, True),
        (Outcome.PASSED, Outcome.EXCLUDED, Kind.NEWLY_UNSETTLED, True),
        (Outcome.PASSED, Outcome.INAPPLICABLE, Kind.NEWLY_INAPPLICABLE, True),
        (Outcome.PASSED, Outcome.WARNED, Kind.NEWLY_WARNED, True),
        (Outcome.FAILED, Outcome.PASSED, Kind.FIXED, False),
        (Outcome.WARNED, Outcome.PASSED, Kind.FIXED, False),
        (Outcome.UNTESTABLE, Outcome.PASSED, Kind.SETTLED, False),
        (Outcome.NOT_RUN, Outcome.INAPPLICABLE, Kind.SETTLED, False),
        (Outcome.ERROR, Outcome.NOT_RUN, Kind.STILL_UNSETTLED, False),
        (Outcome.INAPPLICABLE, Outcome.PASSED, Kind.NEWLY_APPLICABLE, False),
    ],
)
def test_a_changed_outcome(tmp_path: Path, before: Outcome, after: Outcome, kind: Kind, *, worse: bool) -> None:
    one = report(tmp_path / "a", Example(checks(MC_RTE_02=before)))
    two = report(tmp_path / "b", Example(checks(MC_RTE_02=after)))
    changed = next(change for change in compare(one, two) if change.subject == "MC-RTE-02")
    assert (changed.kind, changed.before, changed.after, changed.is_worse) == (kind, before, after, worse)


def test_gates_facts_and_the_set_of_requirements(tmp_path: Path) -> None:
    one = report(tmp_path / "a", Example(checks()))
    fewer = replace(HEADER, requirements=HEADER.requirements[1:])
    found = replace(target(probing=True), knative="1.16.0")
    two = report(tmp_path / "b", Example(checks()[1:], header=fewer, target=found))
    assert [(each.kind, each.subject, each.before, each.after) for each in compare(one, two)] == [
        (Kind.REMOVED, "MC-RTE-02", "passed", ""),
        (Kind.GATE, "multi-container-probing", "off", "on"),
        (Kind.FACT, "Knative", "1.15.2", "1.16.0"),
    ]
    assert [each.kind for each in compare(two, one)] == [Kind.ADDED, Kind.GATE, Kind.FACT]


def test_markdown_keeps_its_columns(tmp_path: Path) -> None:
    one = report(tmp_path / "a", Example(checks()))
    bad = replace(check("MC-RTE-02", Outcome.FAILED), cause="a | b")
    text = as_markdown(compare(one, report(tmp_path / "b", Example((*checks()[1:], bad)))))
    assert "| **newly failing** | MC-RTE-02 | passed | failed | a \\| b |\n" in text


@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_the_command_fails_when_something_got_worse(tmp_path: Path, form: str) -> None:
    good = str(build(write(tmp_path / "a", Example(checks())))[1].report)
    bad = str(build(write(tmp_path / "b", Example(checks(MC_RTE_02=Outcome.FAILED))))[1].report)
    worse = CliRunner().invoke(command, ["compare", good, bad, "--format", form])
    assert worse.exit_code == 1
    assert "newly failing" in worse.output
    better = CliRunner().invoke(command, ["compare", bad, good, "--format", form])
    assert better.exit_code == 0
    assert "fixed" in better.output
    same = CliRunner().invoke(command, ["compare", good, good, "--format", form])
    assert (same.exit_code, same.output) == (0, "[]\n" if form == "json" else "nothing changed\n")


def test_the_command_refuses_what_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")
    done = CliRunner().invoke(command, ["compare", str(tmp_path / "x"), str(tmp_path / "x")])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {tmp_path / 'x'}: is not a conformance report: $.apiVersion is missing")
