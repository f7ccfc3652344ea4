"""Which tests run under which gates."""

from dataclasses import replace

from kmc.fixtures.requirements import SuiteRequirement
from kmc.fixtures.run.phases import Phase, phase_of, plan
from kmc.fixtures.target.gates import FIELD_REF, MULTI_CONTAINER, PROBING, read
from kmc.fixtures.versions import Change, Releases
from kmc.reports.records import Level, Profile
from selftest.facts import FOUND, made_up

PLAIN = SuiteRequirement(
    id="MC-X-01", area="area", profile=Profile.CORE, level=Level.MUST, basis="SPEC", claim="claim", sources=("https://knative.dev/docs/",),
    since=Change.of("1.12"),
)  # fmt: skip
PROBED = replace(PLAIN, id="MC-X-02", gates={MULTI_CONTAINER: True, PROBING: True})
REFERS = replace(PLAIN, id="MC-X-03", gates={FIELD_REF: True})
OFF = replace(PLAIN, id="MC-X-04", gates={MULTI_CONTAINER: False})
SWITCHES = replace(PLAIN, id="MC-X-05", needs=("cluster-changes",))
ALL = [PLAIN, PROBED, REFERS, OFF, SWITCHES]
CHANGEABLE = made_up(changeable=True)


def test_a_run_that_may_not_change_gates_has_one_phase() -> None:
    assert plan(ALL, made_up()) == (Phase(),)


def test_claims_that_agree_share_a_phase_and_the_others_have_their_own() -> None:
    assert plan(ALL, CHANGEABLE) == (
        Phase(),
        Phase({PROBING: True, FIELD_REF: True}, ("MC-X-02", "MC-X-03")),
        Phase({MULTI_CONTAINER: False}, ("MC-X-04",)),
        Phase(requirements=("MC-X-05",), alone=True),
    )


def test_a_gate_that_changes_every_service_shares_no_phase_with_others() -> None:
    secure = replace(PLAIN, id="MC-X-06", gates={"secure-pod-defaults": True})
    _, probed, secured = plan([PROBED, secure, REFERS], CHANGEABLE)
    assert (probed.requirements, secured.requirements) == (("MC-X-02", "MC-X-03"), ("MC-X-06",))


def test_only_gates_that_differ_are_changed() -> None:
    facts = replace(CHANGEABLE, gates=read({PROBING: "enabled", MULTI_CONTAINER: "disabled"}, FOUND))
    assert plan([PROBED], facts) == (Phase(), Phase({MULTI_CONTAINER: True}, ("MC-X-02",)))


def test_a_claim_of_another_release_gets_no_phase() -> None:
    assert plan([replace(PROBED, since=Change.of("1.18"))], CHANGEABLE) == (Phase(),)


def test_a_gate_that_the_release_does_not_know_is_not_switched() -> None:
    facts = replace(CHANGEABLE, releases=None, gates=read({}, Releases.named("1.13.0")))
    assert plan([PROBED], facts) == (Phase(),)


def test_a_test_runs_once_in_the_first_phase_that_fits() -> None:
    phases = plan(ALL, CHANGEABLE)
    assert [phase_of([claim], phases) for claim in ALL] == [0, 1, 1, 2, 3]
    assert phase_of([OFF, PROBED], phases) == 1
    assert phase_of([OFF, PLAIN], phases) == 0


def test_a_selection_needs_no_other_gates_than_its_own() -> None:
    phase = plan(ALL, CHANGEABLE)[1]
    assert phase.with_only({FIELD_REF, MULTI_CONTAINER}) == replace(phase, gates={FIELD_REF: True})
