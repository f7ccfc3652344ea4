import re
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from kmc.commands.report import report as command
from kmc.reports.build import build
from kmc.reports.model import Report
from kmc.reports.records import Evidence, Outcome
from kmc.reports.table import as_html, as_markdown, table
from selftest.html_pages import Page
from selftest.report_examples import HEADER, REQUIREMENTS, TARGET, Example, check, checks, report, write

NOBODYS = replace(HEADER, implementation=None)
IDS = sorted(each.id for each in REQUIREMENTS)


def older(run: Path) -> Report:
    """Return a report of an older release: one requirement fails, and one is not in its set."""
    fewer = replace(NOBODYS, run="run-0", requirements=HEADER.requirements[1:])
    bad = replace(check("MC-ADM-02", Outcome.FAILED), cause="got 503 | <b>")
    return report(run, Example((*checks()[2:], bad), header=fewer, target=replace(TARGET, knative="1.12.6")))


def newer(run: Path) -> Report:
    return report(run, Example(checks(MC_LIF_05=Outcome.FAILED), header=NOBODYS))


def test_a_row_of_each_requirement_and_a_column_of_each_report(tmp_path: Path) -> None:
    made = table([older(tmp_path / "a"), newer(tmp_path / "b")])
    assert made.labels == ("Knative 1.12.6", "Knative 1.15.2")
    assert [row.requirement.id for row in made.rows] == IDS
    outcomes = {row.requirement.id: [cell.outcome for cell in row.cells] for row in made.rows}
    assert outcomes["MC-RTE-02"] == [None, Outcome.PASSED]
    assert outcomes["MC-ADM-02"] == [Outcome.FAILED, Outcome.PASSED]
    assert {row.requirement.id for row in made.rows if row.differs} == {"MC-RTE-02", "MC-ADM-02", "MC-LIF-05"}
    assert made.summary == "Differences: 3 of 7 requirements, in 2 reports."


def test_facts_that_differ_stand_out_and_those_that_always_do_not(tmp_path: Path) -> None:
    made = table([older(tmp_path / "a"), newer(tmp_path / "b")])
    facts = {fact.name: fact for fact in made.facts}
    assert {name for name, fact in facts.items() if fact.differs} == {"verdict", "verdict of core", "Knative"}
    assert facts["sha256 of the report"].values == tuple(each.sha256 for each in made.reports)


def test_a_gate_and_an_image_are_shown_where_they_differ(tmp_path: Path) -> None:
    one = newer(tmp_path / "a")
    other = replace(one, target=replace(TARGET, gates={}), images=())
    facts = {fact.name: fact.values for fact in table([one, other]).facts}
    assert facts["gate multi-container"] == ("on", "")
    assert facts["image sidecar"] == ("sha256:" + "1" * 64, "")
    assert not {name for name in table([one, one]).facts if name.name.startswith(("gate", "image"))}


def test_labels_say_no_more_than_tells_reports_apart(tmp_path: Path) -> None:
    one = newer(tmp_path / "a")
    assert one.target
    other = replace(one, target=replace(one.target, ingress=replace(one.target.ingress, ingress_class="kourier")))
    again = replace(one, run=replace(one.run, id="run-2"))
    assert table([one]).labels == ("Knative 1.15.2",)
    assert table([one, other]).labels == ("Knative 1.15.2, embedded", "Knative 1.15.2, kourier")
    assert table([one, again]).labels == ("Knative 1.15.2, run-1", "Knative 1.15.2, run-2")
    assert table([one, one]).labels == ("Knative 1.15.2 (1)", "Knative 1.15.2 (2)")


def test_reports_that_say_the_same_share_a_cause(tmp_path: Path) -> None:
    one, other = newer(tmp_path / "a"), older(tmp_path / "b")
    made = table([one, other, replace(one, run=replace(one.run, id="run-2"))])
    (row,) = (row for row in made.rows if row.requirement.id == "MC-LIF-05")
    assert [cell.labels for cell in row.groups] == [(made.labels[0], made.labels[2]), (made.labels[1],)]
    assert row.groups[0].tests == ("conformance/test_lif.py::test_05",)


def test_a_markdown_cell_leads_to_its_cause(tmp_path: Path) -> None:
    text = as_markdown(table([older(tmp_path / "a"), newer(tmp_path / "b")]))
    lines = text.splitlines()
    assert "| **≠ [MC-ADM-02](#mc-adm-02)** | Two are accepted. | [✗ failed](#mc-adm-02) | ✓ passed |" in lines
    assert "| **≠ MC-RTE-02** | The port decides. | — not in this report | ✓ passed |" in lines
    cause = r"- Knative 1.12.6: **failed**: got 503 \| &lt;b&gt; (conformance/test\_adm.py::test\_02)"
    assert lines[lines.index("### MC-ADM-02") + 3] == cause
    leads = set(re.findall(r"\(#([^)]*)\)", text))
    assert leads == {heading.lower() for heading in re.findall(r"^### (.*)$", text, re.MULTILINE)}
    assert {line.count(" | ") for line in lines if line.startswith("|")} == {2, 3}


def test_a_cell_of_the_page_leads_to_its_cause(tmp_path: Path) -> None:
    html = as_html(table([older(tmp_path / "a"), newer(tmp_path / "b")]))
    page = Page(html)
    assert [*page.rows] == IDS
    assert page.rows["MC-ADM-02"]["data-outcomes"] == "failed passed"
    assert {name for name, row in page.rows.items() if row.get("class") == "differs"} == {
        "MC-RTE-02", "MC-ADM-02", "MC-LIF-05"
    }  # fmt: skip
    assert page.leads[:2] == ["requirements", "causes"]  # one may skip to them
    assert set(page.leads) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert html.count("got 503 | &lt;b&gt;") == 2  # where one points at the cell, and at its cause


def test_the_page_asks_nobody_for_anything(tmp_path: Path) -> None:
    html = as_html(table([older(tmp_path / "a"), newer(tmp_path / "b")]))
    assert "default-src 'none'" in html
    assert {(address.startswith("https://"), rel) for address, rel in Page(html).outside} == {(True, "noreferrer")}


def test_text_of_the_target_can_not_become_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    bad = replace(check("MC-RTE-02", Outcome.FAILED), cause=evil, test=evil, evidence=(Evidence(evil, evil),))
    html = as_html(table([report(tmp_path / "a", Example((bad,))), newer(tmp_path / "b")]))
    assert html.count("<script>") == 1
    assert evil not in html


def test_the_command_writes_both_forms(tmp_path: Path) -> None:
    files = [str(build(write(tmp_path / name, Example(checks())))[1].report) for name in "ab"]
    printed = CliRunner().invoke(command, ["table", *files])
    assert (printed.exit_code, printed.output.startswith("# Multi-container")) == (0, True)
    page = tmp_path / "table.html"
    assert CliRunner().invoke(command, ["table", *files, "--format", "html", "-o", str(page)]).exit_code == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
