"""Which claims apply to a target."""

from dataclasses import replace

import pytest

from kmc.fixtures.requirements import Expectation, SuiteRequirement
from kmc.fixtures.run.applicability import doubt, inapplicable, unknown
from kmc.fixtures.target.gates import EMPTY_DIR, MULTI_CONTAINER, hidden, proved, read
from kmc.fixtures.target.target import Facts
from kmc.fixtures.versions import Change, Releases, Version
from kmc.reports.records import Level, Profile
from selftest.facts import FOUND, made_up

CLAIM = SuiteRequirement(
    id="MC-X-01", area="area", profile=Profile.CORE, level=Level.MUST, basis="SPEC", claim="claim", sources=("https://knative.dev/docs/",),
    since=Change.of("1.14"),
)  # fmt: skip


def test_a_claim_without_conditions_applies() -> None:
    assert inapplicable(CLAIM, made_up()) is None


def test_a_claim_of_a_later_release_does_not_apply() -> None:
    reason = inapplicable(CLAIM, made_up(releases=Releases.named("1.13.4"), knative="1.13.4"))
    assert reason == "it holds since Knative 1.14, and the target has 1.13.4"


def test_a_claim_of_an_earlier_release_does_not_apply() -> None:
    reason = inapplicable(replace(CLAIM, until=Change.of("1.15")), made_up())
    assert reason == "it holds before Knative 1.15, and the target has 1.15.2"


def test_an_unknown_version_is_given_the_benefit() -> None:
    assert inapplicable(CLAIM, made_up(releases=None)) is None


def test_a_claim_must_hold_on_every_release_that_the_target_can_be_of() -> None:
    facts = made_up(releases=Releases(Version(1, 19), Version(1, 23)), knative="≥1.19")
    assert inapplicable(replace(CLAIM, since=Change.of("1.19")), facts) is None
    assert inapplicable(replace(CLAIM, until=Change.of("1.23")), facts) is None
    late, ended = replace(CLAIM, since=Change.of("1.22")), replace(CLAIM, until=Change.of("1.22"))
    assert inapplicable(late, facts) == "it holds since Knative 1.22, and the target has ≥1.19"
    assert inapplicable(ended, facts) == "it holds before Knative 1.22, and the target has ≥1.19"


def test_a_claim_is_not_judged_where_what_is_right_can_not_be_told() -> None:
    expect = (Expectation("one", Change.of("1.22")), Expectation("other"))
    facts = made_up(releases=Releases(Version(1, 19), Version(1, 23)), knative="≥1.19")
    assert inapplicable(replace(CLAIM, expect=expect), facts) == (
        "what is right differs by release, and all that is known of the target's is ≥1.19"
    )
    assert inapplicable(replace(CLAIM, expect=expect), made_up()) is None


@pytest.mark.parametrize(("wanted", "applies"), [(True, True), (False, False)])
def test_a_gate_must_be_in_the_wanted_state(wanted: bool, applies: bool) -> None:  # noqa: FBT001
    reason = inapplicable(replace(CLAIM, gates={MULTI_CONTAINER: wanted}), made_up())
    assert (reason is None) == applies


def test_the_reason_names_gate_state_and_evidence() -> None:
    facts = made_up(gates=read({EMPTY_DIR: "disabled"}, FOUND))
    reason = inapplicable(replace(CLAIM, gates={EMPTY_DIR: True}), facts)
    assert reason == f"the gate {EMPTY_DIR} is disabled (config-features: 'disabled')"


def test_a_gate_that_the_release_does_not_know_is_off() -> None:
    reason = inapplicable(replace(CLAIM, gates={"new-gate": True}), made_up())
    assert reason == "the gate new-gate is disabled (unknown to this release)"


@pytest.mark.parametrize(
    ("need", "facts"),
    [
        ("scale-to-zero", made_up(scale_to_zero=False)),
        ("tag-resolution", made_up(skips_tag_resolution=True)),
        ("no-tag-resolution", made_up(skips_tag_resolution=False)),
        ("resource-defaults", made_up(resource_defaults=())),
        ("unschedulable-reports", made_up(always_schedulable=True)),
        ("images-by-digest", made_up(images={"servingcontainer": "kind.local/servingcontainer:t"})),
        ("no-service-links", made_up(service_links=True)),
        ("usual-container-name", made_up(container_name="own")),
    ],
)
def test_a_need_that_the_target_lacks_is_told(need: str, facts: Facts) -> None:
    assert inapplicable(replace(CLAIM, needs=(need,)), facts)
    assert inapplicable(replace(CLAIM, needs=(need,)), made_up(skips_tag_resolution=need == "no-tag-resolution",
        resource_defaults=("cpu-request",))) is None  # fmt: skip


@pytest.mark.parametrize(
    ("need", "facts", "config"),
    [
        ("scale-to-zero", made_up(scale_to_zero=None), "config-autoscaler"),
        ("tag-resolution", made_up(skips_tag_resolution=None), "config-deployment"),
        ("no-tag-resolution", made_up(skips_tag_resolution=None), "config-deployment"),
        ("unschedulable-reports", made_up(always_schedulable=None), "config-deployment"),
        ("resource-defaults", made_up(resource_defaults=None), "config-defaults"),
        ("no-service-links", made_up(service_links=None), "config-defaults"),
        ("usual-container-name", made_up(container_name=None), "config-defaults"),
    ],
)
def test_a_need_that_can_not_be_known_applies_and_its_failure_is_in_doubt(need: str, facts: Facts, config: str) -> None:
    claim = replace(CLAIM, needs=(need,))
    assert inapplicable(claim, facts) is None
    assert doubt(claim, facts).startswith(f"{config} can't be read with these credentials, and it may be that ")
    assert doubt(claim, made_up()) == ""


def test_a_gate_that_can_not_be_known_is_neither_on_nor_off() -> None:
    found = {key: hidden(gate) for key, gate in read({}, FOUND).items()}
    facts = made_up(gates={**found, EMPTY_DIR: proved(found[EMPTY_DIR], on=False)})
    claim = replace(CLAIM, gates={MULTI_CONTAINER: True})
    assert inapplicable(claim, facts) is None
    assert unknown(claim, facts) == (
        "the gate multi-container is unknown: config-features can't be read, and no dry run proves it"
    )
    assert unknown(replace(CLAIM, gates={EMPTY_DIR: False}), facts) is None
    assert inapplicable(replace(CLAIM, gates={EMPTY_DIR: True}), facts) == (
        f"the gate {EMPTY_DIR} is disabled (config-features can't be read; proved by dry run)"
    )


def test_a_report_has_the_releases_that_a_claim_holds_for() -> None:
    assert CLAIM.versions == "since 1.14"
    assert replace(CLAIM, until=Change.of("1.20")).versions == "since 1.14, before 1.20"
