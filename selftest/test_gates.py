"""Feature gates, by Knative's own reading of config-features."""

import pytest

from kmc.fixtures.target.gates import DISABLED, MULTI_CONTAINER, PROBING, SECURE_DEFAULTS, proved, read, value_of
from kmc.fixtures.versions import Releases, Version

NOW = Releases.named("1.15.2")
HOST_PATH = "kubernetes.podspec-volumes-hostpath"


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
    off = (MULTI_CONTAINER, PROBING, SECURE_DEFAULTS, "kubernetes.podspec-init-containers", "autodetect-http2")
    on = ("kubernetes.podspec-fieldref", "kubernetes.podspec-tolerations")
    gates = read(dict.fromkeys((*off, *on), "Allowed"), NOW)
    assert {key: gates[key].effective for key in (*off, *on)} == {
        **dict.fromkeys(off, False),
        **dict.fromkeys(on, True),
    }


@pytest.mark.parametrize(
    ("gate", "before", "since"),
    [
        (PROBING, "1.13.1", "1.14.0"),
        ("kubernetes.podspec-hostpid", "1.15.2", "1.16.0"),
        (HOST_PATH, "1.16.3", "1.17.0"),
        ("kubernetes.podspec-volumes-csi", "1.17.1", "1.18.0"),
        ("kubernetes.podspec-volumes-image", "1.18.0", "1.19.6"),
        ("kubernetes.podspec-volumes-ephemeral", "1.22.0", "1.23.0"),
    ],
)
def test_a_gate_is_unknown_before_its_release(gate: str, before: str, since: str) -> None:
    known = [gate in read({}, found) for found in (Releases.named(before), Releases.named(since), None)]
    assert known == [False, True, True]


def test_a_gate_that_was_removed_is_unknown_from_then_on() -> None:
    dry_run = "kubernetes.podspec-dryrun"
    known = [dry_run in read({}, found) for found in (Releases.named("1.19.6"), Releases.named("1.20.0"), None)]
    assert known == [True, False, False]
    assert [read({dry_run: value}, NOW)[dry_run].effective for value in ("enabled", "allowed", "")] == [
        True,
        False,
        False,
    ]


def test_a_gate_that_the_target_may_not_know_is_not_taken_for_known() -> None:
    assert HOST_PATH not in read({}, Releases(Version(1, 16), Version(1, 18)))


@pytest.mark.parametrize(
    ("release", "value", "meant"),
    [
        ("1.19.6", "AllowRootBounded", DISABLED),
        ("1.20.0", "AllowRootBounded", "AllowRootBounded"),
        ("1.20.0", "allowrootbounded", "AllowRootBounded"),
        ("1.19.6", "Allowed", "Allowed"),
        ("1.20.0", "Allowed", DISABLED),
        ("1.20.0", "enabled", "Enabled"),
    ],
)
def test_secure_defaults_have_a_value_of_their_own_from_1_20_on(release: str, value: str, meant: str) -> None:
    found = Releases.named(release)
    assert value_of(SECURE_DEFAULTS, value, found) == meant
    on = meant in ("AllowRootBounded", "Enabled")
    assert read({SECURE_DEFAULTS: value}, found)[SECURE_DEFAULTS].effective == on


def test_a_dry_run_wins_over_the_reading() -> None:
    declared = read({MULTI_CONTAINER: "Enabled"}, NOW)[MULTI_CONTAINER]
    gate = proved(declared, on=False)
    assert (declared.effective, gate.effective) == (True, False)
    assert "proved by dry run" in gate.how
