"""Feature gates, by Knative's own reading of config-features."""

import pytest

from kmc.fixtures.target.gates import MULTI_CONTAINER, PROBING, proved, read, reads_as_enabled
from kmc.fixtures.versions import Version

NOW = Version(1, 15)


@pytest.mark.parametrize("value", ["Enabled", "enabled", "ENABLED"])
def test_case_does_not_matter(value: str) -> None:
    assert read({PROBING: value}, NOW)[PROBING].effective


@pytest.mark.parametrize("value", ["true", "false", "off", " enabled", "disabled ", ""])
def test_an_unknown_value_leaves_the_default(value: str) -> None:
    gates = read({MULTI_CONTAINER: value, PROBING: value}, NOW)
    assert (gates[MULTI_CONTAINER].effective, gates[PROBING].effective) == (True, False)


def test_an_absent_key_means_the_default() -> None:
    gates = read({"_example": "multi-container: disabled"}, NOW)
    assert (gates[MULTI_CONTAINER].effective, gates[MULTI_CONTAINER].declared) == (True, None)


def test_allowed_does_not_switch_on_what_must_be_enabled() -> None:
    gates = read({MULTI_CONTAINER: "Allowed", PROBING: "Allowed", "kubernetes.podspec-fieldref": "Allowed"}, NOW)
    assert not gates[MULTI_CONTAINER].effective
    assert not gates[PROBING].effective
    assert gates["kubernetes.podspec-fieldref"].effective


def test_probing_is_unknown_before_its_release() -> None:
    assert PROBING not in read({}, Version(1, 13))
    assert PROBING in read({}, Version(1, 14))
    assert PROBING in read({}, None)


def test_a_dry_run_wins_over_the_reading() -> None:
    gate = proved(read({MULTI_CONTAINER: "Enabled"}, NOW)[MULTI_CONTAINER], on=False)
    assert (gate.effective, reads_as_enabled(MULTI_CONTAINER, gate.declared)) == (False, True)
    assert "proved by dry run" in gate.how
