from dataclasses import replace
from pathlib import Path

import pytest

from kmc.reports.assemble import report_of
from kmc.reports.files import ReportError
from kmc.reports.model import Verdict
from kmc.reports.records import Level, Outcome, Planned, Profile, Residue, binding
from kmc.reports.verdict import worst
from selftest.report_examples import (
    FOOTER,
    HEADER,
    NOTHING_LEFT,
    REQUIREMENTS,
    Example,
    check,
    checks,
    report,
    target,
    write,
)

OFF = target(multi=False)
REFUSED = {"MC_RTE_02": Outcome.INAPPLICABLE, "MC_ADM_02": Outcome.INAPPLICABLE, "MC_LOC_01": Outcome.INAPPLICABLE}
SELECTED = replace(HEADER, selection=("-k routing",))
TWO_TESTS = (check("MC-RTE-02", Outcome.PASSED), replace(check("MC-RTE-02", Outcome.PASSED), test="other"))


@pytest.mark.parametrize(
    ("example", "verdict", "reason"),
    [
        (Example(checks()), Verdict.CONFORMANT, "every requirement that applies holds"),
        (Example(checks(MC_RTE_02=Outcome.WARNED)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_LOC_01=Outcome.FAILED)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_POD_05=Outcome.FAILED)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_LIF_05=Outcome.FAILED)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_LIF_05=Outcome.ERROR)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_RTE_02=Outcome.INAPPLICABLE)), Verdict.CONFORMANT, "every requirement"),
        (Example(checks(MC_RTE_02=Outcome.FAILED)), Verdict.NOT_CONFORMANT, "core: failed: MC-RTE-02"),
        (Example(checks(MC_PRB_01=Outcome.FAILED)), Verdict.NOT_CONFORMANT, "probing: failed: MC-PRB-01"),
        (Example(checks(MC_ADM_01=Outcome.FAILED)), Verdict.NOT_CONFORMANT, "gated: failed: MC-ADM-01"),
        (Example(checks(MC_RTE_02=Outcome.FAILED, MC_ADM_02=Outcome.ERROR)), Verdict.NOT_CONFORMANT, "failed"),
        (Example(checks(MC_RTE_02=Outcome.FAILED), footer=None), Verdict.NOT_CONFORMANT, "failed"),
        (Example(checks(MC_RTE_02=Outcome.ERROR)), Verdict.PARTIAL, "core: error: MC-RTE-02"),
        (Example(checks(MC_RTE_02=Outcome.UNTESTABLE)), Verdict.PARTIAL, "core: untestable: MC-RTE-02"),
        (Example(checks(MC_RTE_02=Outcome.NOT_RUN)), Verdict.PARTIAL, "core: not-run: MC-RTE-02"),
        (Example(checks(MC_RTE_02=Outcome.EXCLUDED)), Verdict.PARTIAL, "core: excluded: MC-RTE-02"),
        (Example(checks(MC_PRB_01=Outcome.UNTESTABLE)), Verdict.PARTIAL, "probing: untestable: MC-PRB-01"),
        (Example(checks()[1:]), Verdict.PARTIAL, "core: not-run: MC-RTE-02"),
        (Example(checks(), header=SELECTED), Verdict.PARTIAL, "only a selection ran: -k routing"),
        (Example(checks(), footer=None), Verdict.PARTIAL, "the run was interrupted"),
        (Example(checks(), footer=replace(FOOTER, interrupted=True)), Verdict.PARTIAL, "the run was interrupted"),
        (Example(checks(), planned=(Planned("MC-RTE-02", "lost"),)), Verdict.PARTIAL, "core: not-run: MC-RTE-02"),
        (Example(checks(**REFUSED, MC_ADM_01=Outcome.PASSED), target=OFF), Verdict.NOT_OFFERED, "is off (dry run)"),
        (Example(checks(**REFUSED), target=target(multi=None)), Verdict.NOT_OFFERED, "no requirement applies"),
        (Example(checks(**REFUSED, MC_ADM_01=Outcome.FAILED), target=OFF), Verdict.NOT_CONFORMANT, "MC-ADM-01"),
        (Example(checks(**REFUSED, MC_ADM_01=Outcome.ERROR), target=OFF), Verdict.PARTIAL, "core: error: MC-ADM-01"),
        (Example(checks(**REFUSED, MC_ADM_01=Outcome.PASSED), target=OFF, footer=None), Verdict.PARTIAL, "interrupt"),
    ],
)
def test_the_verdict_of_a_run(tmp_path: Path, example: Example, verdict: Verdict, reason: str) -> None:
    made = report(tmp_path, example)
    assert made.verdict is verdict
    assert reason in made.reason


def test_each_profile_has_its_verdict_and_counts(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks(MC_RTE_02=Outcome.FAILED, MC_POD_05=Outcome.FAILED)))
    assert {profile.name: profile.verdict for profile in made.profiles} == {
        Profile.CORE: Verdict.NOT_CONFORMANT,
        Profile.PROBING: Verdict.NOT_OFFERED,
        Profile.GATED: Verdict.NOT_OFFERED,
        Profile.UPSTREAM: Verdict.CONFORMANT,
        Profile.LIMITS: Verdict.CONFORMANT,
    }
    core = made.profiles[0].counts
    assert {outcome: number for outcome, number in core.items() if number} == {"passed": 2, "failed": 1}
    assert sum(made.totals.values()) == len(REQUIREMENTS)


def test_a_profile_whose_gate_the_run_switched_on_is_judged(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks(MC_PRB_01=Outcome.PASSED)))
    probing = next(profile for profile in made.profiles if profile.name is Profile.PROBING)
    assert probing.verdict is Verdict.CONFORMANT
    assert probing.reason.endswith("with the gate multi-container-probing switched on")


def test_a_gate_that_is_off_and_does_not_refuse_is_a_failure_of_its_profile(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks(**REFUSED, MC_ADM_01=Outcome.FAILED), target=OFF))
    assert (made.profiles[0].name, made.profiles[0].verdict) == (Profile.CORE, Verdict.NOT_CONFORMANT)


def test_a_run_without_core_gives_no_verdict_on_a_product(tmp_path: Path) -> None:
    gated = tuple(each for each in REQUIREMENTS if each.profile is Profile.GATED)
    example = Example((check("MC-ADM-01", Outcome.PASSED),), header=replace(HEADER, requirements=gated))
    made = report(tmp_path, example)
    assert (made.verdict, made.reason) == (Verdict.PARTIAL, "the profile core was not run")
    assert made.profiles[0].verdict is Verdict.CONFORMANT


def test_the_worst_test_decides_a_requirement() -> None:
    order = ["error", "failed", "untestable", "not-run", "warned", "passed"]
    for at, outcome in enumerate(order):
        assert worst([Outcome(each) for each in [*order[at:], "inapplicable", "excluded"]]) == outcome
    assert worst([Outcome.INAPPLICABLE]) is Outcome.INAPPLICABLE
    assert worst([Outcome.INAPPLICABLE, Outcome.EXCLUDED]) is Outcome.EXCLUDED
    assert worst([]) is Outcome.NOT_RUN


def test_only_a_must_of_a_scored_profile_fails() -> None:
    failing = {
        (profile, level)
        for profile in Profile
        for level in Level
        if binding(Outcome.FAILED, profile, level) is Outcome.FAILED
    }
    assert failing == {
        (profile, Level.MUST) for profile in (Profile.CORE, Profile.PROBING, Profile.GATED, Profile.UPGRADE)
    }
    assert binding(Outcome.ERROR, Profile.LIMITS, Level.MAY) is Outcome.ERROR


def test_a_requirement_has_the_cause_of_its_worst_test_and_all_evidence(tmp_path: Path) -> None:
    failed = replace(check("MC-RTE-02", Outcome.FAILED), test="b", cause="the sidecar answered")
    made = report(tmp_path, Example((replace(check("MC-RTE-02", Outcome.PASSED), test="a"), failed)))
    result = next(each for each in made.requirements if each.id == "MC-RTE-02")
    assert (result.outcome, result.cause, result.duration) == (Outcome.FAILED, "the sidecar answered", 2.5)
    assert [test.test for test in result.tests] == ["a", "b"]
    assert [(seen.test, seen.name) for seen in result.evidence] == [
        ("a", "status"),
        ("a", "body"),
        ("b", "status"),
        ("b", "body"),
    ]


def test_an_excluded_test_keeps_a_run_partial_though_the_requirement_passes(tmp_path: Path) -> None:
    excluded = replace(check("MC-RTE-02", Outcome.EXCLUDED), test="other")
    made = report(tmp_path, Example((*checks(), excluded)))
    assert next(each for each in made.requirements if each.id == "MC-RTE-02").outcome is Outcome.PASSED
    assert made.verdict is Verdict.PARTIAL


def test_what_did_not_run_says_why(tmp_path: Path) -> None:
    planned = (Planned("MC-RTE-02", "lost"), Planned("MC-ADM-02", "conformance/test_adm.py::test_02"))
    made = report(tmp_path / "killed", Example((check("MC-ADM-02", Outcome.PASSED),), planned=planned, footer=None))
    causes = {each.id: (each.outcome, each.cause) for each in made.requirements}
    assert causes["MC-RTE-02"] == (Outcome.NOT_RUN, "the run ended before this test had finished")
    assert causes["MC-ADM-02"] == (Outcome.PASSED, "")
    assert causes["MC-LOC-01"] == (Outcome.NOT_RUN, "the run ended before its tests began")
    made = report(tmp_path / "selected", Example((), header=SELECTED))
    assert {each.cause for each in made.requirements} == {"left out by -k routing"}


def test_a_run_killed_before_preflight_has_a_report(tmp_path: Path) -> None:
    made = report(tmp_path, Example((), target=None, footer=None, residue=None))
    assert (made.target, made.residue, made.run.end, made.run.interrupted) == (None, None, None, True)
    assert made.totals[Outcome.NOT_RUN] == len(REQUIREMENTS)


def test_residue_that_was_looked_for_is_told_from_unknown(tmp_path: Path) -> None:
    assert report(tmp_path / "none", Example(checks(), residue=NOTHING_LEFT)).residue == ()
    left = report(tmp_path / "left", Example(checks(), residue=Residue(("Pod/kmc/b", "Pod/kmc/a"))))
    assert left.residue == ("Pod/kmc/a", "Pod/kmc/b")


def test_a_torn_record_is_counted(tmp_path: Path) -> None:
    journal = write(tmp_path, Example(checks(), footer=None)) / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    assert report_of(journal).journal.torn == 1


def test_the_order_in_which_tests_finish_makes_no_difference(tmp_path: Path) -> None:
    finished = (*checks(), *TWO_TESTS)
    one = report(tmp_path / "one", Example(finished))
    two = report(tmp_path / "two", Example(finished[::-1]))
    assert replace(one, journal=two.journal, sha256="") == replace(two, sha256="")


def test_a_check_of_an_unknown_requirement_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="header does not have: MC-XXX-01"):
        report(tmp_path, Example((check("MC-XXX-01", Outcome.PASSED),)))


def test_a_requirement_named_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="twice"):
        report(tmp_path, Example((), header=replace(HEADER, requirements=REQUIREMENTS + REQUIREMENTS[:1])))
