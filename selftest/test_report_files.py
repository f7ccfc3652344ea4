import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from kmc.commands.report import report as command
from kmc.reports import model
from kmc.reports.build import build, paths
from kmc.reports.files import ReportError
from kmc.reports.journal import JournalError
from kmc.reports.model import dumps, loads, schema, sealed
from kmc.reports.records import Attachment, Evidence, Image, Outcome, Planned, Residue
from kmc.reports.terminal import render
from selftest.report_examples import HEADER, Example, check, checks, report, write

EVERY_OUTCOME = checks(
    MC_RTE_02=Outcome.FAILED,
    MC_ADM_02=Outcome.ERROR,
    MC_LOC_01=Outcome.FAILED,
    MC_PRB_01=Outcome.EXCLUDED,
    MC_POD_05=Outcome.UNTESTABLE,
)[:-1]


def cases(run: Path) -> dict[str, ET.Element]:
    return {str(case.get("name")): case for case in ET.parse(run / "junit.xml").iter("testcase")}  # noqa: S314  our own


def outcome_of(case: ET.Element) -> str | None:
    return next(each.get("value") for each in case.iter("property") if each.get("name") == "outcome")


def test_the_published_schema_is_that_of_the_model() -> None:
    published = Path(model.__file__).parent / "schema" / "conformance-report-v1.json"
    assert json.loads(published.read_text()) == schema(), f"write it anew: kmc report schema > {published}"


def test_the_schema_is_valid_and_closed() -> None:
    made = schema()
    Draft202012Validator.check_schema(made)
    objects = [each for each in [made, *made["$defs"].values()] if "properties" in each]
    assert all(each["additionalProperties"] is False for each in objects)


def test_a_report_follows_the_schema(tmp_path: Path) -> None:
    attached = replace(
        check("MC-RTE-02", Outcome.FAILED), attachments=(Attachment("log", "logs/a.txt", "0" * 64, "text/plain"),)
    )
    made = report(tmp_path, Example((*checks(), attached), residue=Residue(("Pod/kmc/a",))))
    assert [*Draft202012Validator(schema()).iter_errors(json.loads(dumps(made)))] == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../b", "a/..", "", "a//b", "a/"])
def test_an_attachment_lies_below_the_run(tmp_path: Path, path: str) -> None:
    attached = replace(check("MC-RTE-02", Outcome.FAILED), attachments=(Attachment("log", path, "0" * 64, "t"),))
    with pytest.raises(JournalError, match=r"\$\.attachments\[0\]\.path"):
        report(tmp_path, Example((attached,)))


@pytest.mark.parametrize("path", ["a", ".a/b", "..a", ".../b..", "./a", "a/é [1].txt"])
def test_an_attachment_may_have_any_name(tmp_path: Path, path: str) -> None:
    attached = replace(check("MC-RTE-02", Outcome.FAILED), attachments=(Attachment("log", path, "0" * 64, "t"),))
    assert loads(dumps(report(tmp_path, Example((attached,)))))


def test_an_image_need_not_have_a_digest(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks()))
    assert loads(dumps(sealed(replace(made, images=(Image("sidecar", "r/s:tag", ""),)))))


def test_a_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    attached = replace(
        check("MC-RTE-02", Outcome.FAILED), attachments=(Attachment("log", "logs/a.txt", "0" * 64, "text/plain"),)
    )
    made = report(tmp_path, Example((*checks(), attached), residue=Residue(("Pod/kmc/a",))))
    text = dumps(made)
    assert loads(text) == made
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_a_report_that_breaks_the_schema_is_not_written(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks()))
    with pytest.raises(ReportError, match=r"breaks its own schema: \$\.run\.start: string should match"):
        dumps(replace(made, run=replace(made.run, start="yesterday")))


@pytest.mark.parametrize(
    ("text", "message"),
    [("<html>", "is not a conformance report: not JSON"), ("{}", r"\$.apiVersion is missing; .*; and 11 more")],
)
def test_what_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        loads(text)


def test_junit_has_a_case_of_each_requirement_and_test(tmp_path: Path) -> None:
    build(write(tmp_path, Example(EVERY_OUTCOME, planned=(Planned("MC-RTE-02", "t.py::test_lost[a]"),))))
    found = {name: (outcome_of(case), [child.tag for child in case][1:]) for name, case in cases(tmp_path).items()}
    assert found == {
        "MC-ADM-01 test_01": ("inapplicable", ["skipped"]),
        "MC-ADM-02 test_02": ("error", ["error"]),
        "MC-LIF-05": ("not-run", ["error"]),
        "MC-LOC-01 test_01": ("warned", ["system-out"]),
        "MC-POD-05 test_05": ("untestable", ["error"]),
        "MC-PRB-01 test_01": ("excluded", ["skipped"]),
        "MC-RTE-02 test_02": ("failed", ["failure"]),
        "MC-RTE-02 test_lost[a]": ("not-run", ["error"]),
    }


def test_junit_counts_what_it_holds(tmp_path: Path) -> None:
    build(write(tmp_path, Example(EVERY_OUTCOME)))
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    assert root is not None
    numbers = {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert numbers == {"tests": "7", "failures": "1", "errors": "3", "skipped": "2"}
    for suite in root.iter("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_junit_skips_what_a_selection_leaves_out(tmp_path: Path) -> None:
    build(write(tmp_path, Example((), header=replace(HEADER, selection=("-k routing",)))))
    skipped = cases(tmp_path)["MC-RTE-02"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not-run: left out by -k routing"


def test_junit_survives_text_that_xml_can_not_hold(tmp_path: Path) -> None:
    bad = replace(check("MC-RTE-02", Outcome.FAILED), cause="\x1b[31m \udcff <&", detail="\x00")
    build(write(tmp_path, Example((bad,))))
    failure = cases(tmp_path)["MC-RTE-02 test_02"].find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("\ufffd[31m ? <&", "\ufffd")


def test_allure_is_told_about_the_run_once(tmp_path: Path) -> None:
    build(write(tmp_path, Example(checks())))
    environment = (tmp_path / "allure-results" / "environment.properties").read_bytes()
    assert b"Product=Ex\\u00e1mple <Serving> 3.1\n" in environment
    assert b"Gate.multi-container=on\n" in environment
    assert {"categories.json", "executor.json"} < {file.name for file in (tmp_path / "allure-results").iterdir()}


def test_allure_gets_results_of_lost_tests_only(tmp_path: Path) -> None:
    results = tmp_path / "allure-results"
    results.mkdir()
    for name in ("test_x[a]", "test_x[c]"):
        (results / f"{name}-result.json").write_text(json.dumps({"fullName": "c.test_x#test_x", "name": name}))
    tests = [f"c/test_x.py::test_x[{name}]" for name in "abc"]
    done = [replace(check("MC-RTE-02", Outcome.ERROR), test=test) for test in (tests[0], tests[2])]
    planned = tuple(Planned("MC-RTE-02", test) for test in tests)
    covered = tuple(each for each in HEADER.requirements if each.id == "MC-RTE-02")
    run = write(tmp_path, Example(tuple(done), header=replace(HEADER, requirements=covered), planned=planned))
    for _ in range(2):  # a second build adds nothing
        build(run)
    written = [json.loads(file.read_text()) for file in results.glob("*-result.json")]
    lost = [result for result in written if "status" in result]
    assert [(result["name"], result["status"]) for result in lost] == [("test_x[b]", "unknown")]
    assert len(written) == 3


def test_allure_names_the_crashed_test_when_titles_hide_the_names(tmp_path: Path) -> None:
    results = tmp_path / "allure-results"
    results.mkdir()
    (results / "1-result.json").write_text(json.dumps({"fullName": "c.test_x#test_x", "name": "A title"}))
    done = replace(check("MC-RTE-02", Outcome.PASSED), test="c/test_x.py::test_x[a]")
    crashed = replace(check("MC-RTE-02", Outcome.ERROR), test="c/test_x.py::test_x[b]")
    build(write(tmp_path, Example((done, crashed), header=replace(HEADER, selection=("-k x",)))))
    lost = [json.loads(file.read_text()) for file in results.glob("????????-*-result.json")]
    assert [(result["name"], result["status"]) for result in lost] == [("test_x[b]", "broken")]


def test_the_summary_names_verdict_causes_slowest_and_paths(tmp_path: Path) -> None:
    slow = replace(check("MC-ADM-02", Outcome.PASSED), duration=31.04)
    example = Example((*checks(MC_RTE_02=Outcome.FAILED), slow), residue=Residue(("Pod/kmc/a",)))
    made, places = build(write(tmp_path / "run", example))
    text = render(made, places, width=200)
    for expected in ("not conformant: core: failed: MC-RTE-02", "→ it was failed", "Pod/kmc/a", str(places.junit)):
        assert expected in text
    slowest = text[text.index("slowest") :].splitlines()[1]
    assert slowest.split()[:3] == ["32.3", "s", "MC-ADM-02"]


def test_the_summary_names_what_did_not_run_by_its_cause(tmp_path: Path) -> None:
    planned = (Planned("MC-RTE-02", "lost"),)
    text = render(*build(write(tmp_path, Example(checks()[3:], planned=planned, footer=None))))
    assert "not-run (3)\n  MC-ADM-02, MC-LOC-01" in text
    assert "→ the run ended before its tests began" in text
    assert "  MC-RTE-02" in text
    assert "→ the run ended before this test had finished" in text


def test_the_summary_only_counts_what_a_selection_leaves_out(tmp_path: Path) -> None:
    example = Example(checks()[:2], header=replace(HEADER, selection=("-k routing",)))
    text = render(*build(write(tmp_path, example)))
    assert "5 requirements left out by the selection -k routing\n" in text
    assert "MC-LOC-01" not in text


def test_a_long_path_can_be_copied_whole(tmp_path: Path) -> None:
    made, places = build(write(tmp_path / ("long" * 20), Example(checks())))
    assert f"report   {places.report}\n" in render(made, places, width=40)


def test_markup_in_a_cause_is_shown_as_it_is(tmp_path: Path) -> None:
    made, places = build(write(tmp_path, Example((replace(check("MC-RTE-02", Outcome.FAILED), cause="[/red] [a]"),))))
    assert "[/red] [a]" in render(made, places)


def test_build_command_makes_the_files_of_a_killed_run(tmp_path: Path) -> None:
    run = write(tmp_path, Example(checks(), footer=None))
    result = CliRunner().invoke(command, ["build", str(run / "journal.jsonl")])
    assert result.exit_code == 0, result.output
    assert "partial" in result.output
    assert loads(paths(run).report.read_text()).run.interrupted


def test_build_command_refuses_a_changed_journal_in_one_line(tmp_path: Path) -> None:
    run = write(tmp_path, Example(checks()))
    journal = paths(run).journal
    journal.write_text(journal.read_text().replace('"passed"', '"failed"', 1))
    result = CliRunner().invoke(command, ["build", str(run)])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "was changed" in result.output
    assert not paths(run).report.exists()


def test_evidence_may_be_any_json(tmp_path: Path) -> None:
    values: list[object] = [None, 1, 1.5, "x", [1], {"a": [{}]}]
    seen = tuple(Evidence(f"e{number}", value) for number, value in enumerate(values))
    made = report(tmp_path, Example((replace(check("MC-RTE-02", Outcome.PASSED), evidence=seen),)))
    assert loads(dumps(made)) == made
