import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kmc.commands.report import report as command
from kmc.reports.badge import badge
from kmc.reports.build import build
from kmc.reports.certificate import certificate
from kmc.reports.records import Attachment, Evidence, Outcome
from selftest.html_pages import Page
from selftest.report_examples import HEADER, LINKS, REQUIREMENTS, Example, check, checks, report, target, write

REFUSED = {"MC_RTE_02": Outcome.INAPPLICABLE, "MC_ADM_02": Outcome.INAPPLICABLE, "MC_LOC_01": Outcome.INAPPLICABLE}
RUNS = {
    "conformant": Example(checks()),
    "not conformant": Example(checks(MC_RTE_02=Outcome.FAILED)),
    "partial": Example((), target=None, footer=None, residue=None, header=replace(HEADER, implementation=None)),
    "not offered": Example(checks(**REFUSED, MC_ADM_01=Outcome.PASSED), target=target(multi=False)),
}


@pytest.mark.parametrize("verdict", RUNS)
def test_a_certificate_of_every_verdict(tmp_path: Path, verdict: str) -> None:
    html = certificate(report(tmp_path, RUNS[verdict]))
    page = Page(html)
    assert f"<strong>{verdict}</strong>" in html
    assert sorted(page.details) == sorted(each.id for each in REQUIREMENTS)
    assert page.outside == [(each, "noreferrer") for each in LINKS.split()]
    gates = [] if verdict == "partial" else ["gates"]
    assert page.leads == ["requirements", *gates, "images"]  # one may skip to them
    assert set(page.leads) <= set(page.ids)
    assert page.headings[:2] == ["h1", "h2"]


def test_failures_come_first(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks(MC_RTE_02=Outcome.FAILED, MC_LOC_01=Outcome.FAILED)))
    assert Page(certificate(made)).details[:2] == ["MC-RTE-02", "MC-LOC-01"]


def test_what_a_selection_leaves_out_comes_last(tmp_path: Path) -> None:
    only = replace(HEADER, selection=("-k routing",))
    made = report(tmp_path, Example((check("MC-RTE-02", Outcome.PASSED),), header=only))
    assert Page(certificate(made)).details[0] == "MC-RTE-02"


def test_files_kept_of_a_failure_are_linked(tmp_path: Path) -> None:
    kept = Attachment("a", "diagnostics/t#1/pod/app.log", "0" * 64, "text/plain")
    bad = replace(check("MC-RTE-02", Outcome.FAILED), attachments=(kept,))
    html = certificate(report(tmp_path, Example((bad,))))
    assert [address for address, _ in Page(html).outside] == [*LINKS.split(), "diagnostics/t%231/pod/app.log"]
    assert ">pod/app.log</a>" in html


def test_only_what_can_be_opened_is_a_link(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks()))
    forged = [replace(each, source="javascript:alert(1) KV:474") for each in made.requirements]
    html = certificate(replace(made, requirements=tuple(forged)))
    assert Page(html).outside == []
    assert "source: javascript:alert(1) KV:474" in html


def test_text_of_the_target_can_not_become_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    bad = replace(check("MC-RTE-02", Outcome.FAILED), cause=evil, detail=evil, test=evil,
                  evidence=(Evidence(evil, evil), Evidence("b", {evil: evil})))  # fmt: skip
    html = certificate(report(tmp_path, Example((bad,))))
    assert html.count("<script>") == 1
    assert evil not in html
    Page(html)  # every element is closed


def test_a_badge_has_a_color_for_every_verdict(tmp_path: Path) -> None:
    colors = set()
    for verdict, example in RUNS.items():
        made = report(tmp_path / verdict, example)
        endpoint = json.loads(badge(made))
        assert (endpoint["schemaVersion"], endpoint["message"]) == (1, verdict)
        colors.add(endpoint["color"])
    assert len(colors) == len(RUNS)


def test_the_commands_print_badge_and_certificate(tmp_path: Path) -> None:
    made, paths = build(write(tmp_path, RUNS["conformant"]))
    run = CliRunner()
    assert run.invoke(command, ["badge", str(paths.report)]).output == badge(made)
    assert run.invoke(command, ["render", str(paths.report)]).output == certificate(made) == paths.html.read_text()
