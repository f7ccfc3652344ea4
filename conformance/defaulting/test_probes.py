"""What Knative fills in in the probes of sidecars."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, grpc_probe, http_probe, serving, sidecar


@requirement("MC-DEF-05")
@pytest.mark.parametrize(
    ("given", "completed"),
    [
        ({}, {"successThreshold": 1}),
        ({"periodSeconds": 5}, {"periodSeconds": 5, "successThreshold": 1, "failureThreshold": 3, "timeoutSeconds": 1}),
    ],
)
def test_fields_of_a_readiness_probe_are_defaulted(
    admission: Admission, given: dict[str, int], completed: dict[str, int]
) -> None:
    """By the same rules as that of the serving container."""
    stored = admission.containers_as_stored(serving("app"), sidecar("helper", readinessProbe={**http_probe(), **given}))
    probe = stored["helper"]["readinessProbe"]
    assert {**probe, "httpGet": None} == {**completed, "httpGet": None}


@requirement("MC-DEF-06")
@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_the_service_of_a_grpc_probe_defaults_to_the_empty_name(admission: Admission, probe: str) -> None:
    """It stands for the server as a whole."""
    stored = [
        admission.containers_as_stored(serving("app"), sidecar("helper").with_fields(**{probe: handler}))
        for handler in ({"grpc": {"port": 8882}}, grpc_probe("liveness"))
    ]
    probes = [containers["helper"][probe] for containers in stored]
    assert [each["grpc"]["service"] for each in probes] == ["", "liveness"]
