"""What follows from Knative's settings, and from those that can't be read."""

import pytest

from kmc.fixtures.target.settings import AUTOSCALER, DEFAULTS, DEPLOYMENT, NAMES, NETWORK, Settings, seconds
from kmc.fixtures.versions import Releases


def settings(**data: dict[str, str]) -> Settings:
    return Settings({name: data.get(name.removeprefix("config-"), {}) for name in NAMES})


def test_without_settings_knatives_own_defaults_count() -> None:
    found = settings()
    assert found.ingress_class == "istio.ingress.networking.knative.dev"
    assert (found.scale_to_zero, found.scale_to_zero_grace) == (True, 30)
    assert (found.skips_tag_resolution("dev.local"), found.skips_tag_resolution("registry.example/kmc")) == (
        True,
        False,
    )
    assert (found.resource_defaults, found.concurrency_limit) == ((), 1000)
    assert found.always_schedulable(Releases.named("1.23.0")) is False


def test_settings_that_can_not_be_read_are_not_guessed() -> None:
    hidden = Settings(dict.fromkeys(NAMES))
    assert (hidden.ingress_class, hidden.scale_to_zero, hidden.resource_defaults) == ("unknown", None, None)
    assert (hidden.skips_tag_resolution("dev.local"), hidden.always_schedulable(Releases.named("1.23.0"))) == (
        None,
        None,
    )
    assert (hidden.scale_to_zero_grace, hidden.concurrency_limit) == (30, 1000)


def test_what_is_set_counts() -> None:
    found = settings(
        network={"ingress-class": "own"},
        autoscaler={"enable-scale-to-zero": "false", "scale-to-zero-grace-period": "1m30s"},
        defaults={"revision-cpu-request": "1m", "container-concurrency-max-limit": "7"},
        deployment={"registries-skipping-tag-resolving": "a.example, registry.example"},
    )
    assert found.ingress_class == "own"
    assert (found.scale_to_zero, found.scale_to_zero_grace) == (False, 90)
    assert (found.resource_defaults, found.concurrency_limit) == (("cpu-request",), 7)
    assert (found.skips_tag_resolution("registry.example/kmc"), found.skips_tag_resolution("dev.local")) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("value", "release", "set_"),
    [
        ("true", "1.21.0", True),
        ("True", "1.21.0", True),
        ("false", "1.21.0", False),
        (None, "1.21.0", False),
        ("true", "1.20.1", False),
    ],
)
def test_that_pods_are_always_schedulable_is_a_setting_since_1_21(
    value: str | None, release: str, *, set_: bool
) -> None:
    declared = {} if value is None else {"pod-is-always-schedulable": value}
    assert settings(deployment=declared).always_schedulable(Releases.named(release)) == set_


@pytest.mark.parametrize(("text", "expected"), [("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("250ms", 0.25)])
def test_durations_are_read_as_go_writes_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_each_setting_is_of_a_config_map_that_is_read() -> None:
    assert set(NAMES) == {NETWORK, AUTOSCALER, DEFAULTS, DEPLOYMENT}
