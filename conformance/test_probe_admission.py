"""Probes of sidecars as the admission sees them: what it refuses, and what it adds."""

from collections.abc import Callable
from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, Object, grpc_probe, http_probe, serving, sidecar, tcp_probe

HELPER = "spec.template.spec.containers[1]"
PROBES = ["readinessProbe", "livenessProbe"]
HANDLERS: dict[str, Callable[..., Object]] = {"httpGet": http_probe, "tcpSocket": tcp_probe}


@requirement("MC-ADM-21")
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_probe_without_a_port_is_refused(admission: Admission, probe: str, handler: str) -> None:
    """A sidecar has no port that could be meant."""
    portless, good = (sidecar("helper").with_fields(**{probe: HANDLERS[handler](port=port)}) for port in (0, 8882))
    because = f"invalid value: 0: {HELPER}.{probe}.{handler}.port\nProbe port must be specified"
    admission.refuses(serving("app"), portless, because=because, control=(serving("app"), good))


@requirement("MC-ADM-22")
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    ("handlers", "because"),
    [
        ({"successThreshold": 1}, "expected exactly one, got neither: "),
        ({**http_probe(), **tcp_probe()}, "expected exactly one, got both: "),
    ],
)
def test_a_probe_has_exactly_one_handler(
    admission: Admission, probe: str, handlers: dict[str, Any], because: str
) -> None:
    """Neither none nor two."""
    wrong, good = (sidecar("helper").with_fields(**{probe: handlers}) for handlers in (handlers, http_probe()))
    refusal = admission.refuses(serving("app"), wrong, because=because, control=(serving("app"), good))
    assert f"{HELPER}.{probe}.httpGet" in refusal


@requirement("MC-ADM-23")
@pytest.mark.parametrize("field", ["failureThreshold", "timeoutSeconds"])
def test_a_readiness_probe_without_a_period_has_no_thresholds(admission: Admission, field: str) -> None:
    """They count in periods; with one they are accepted."""
    without, good = (
        sidecar("helper", readinessProbe={**http_probe(), field: 2, **period}) for period in ({}, {"periodSeconds": 1})
    )
    because = f"{field} is disallowed when periodSeconds is zero: {HELPER}.readinessProbe.{field}"
    admission.refuses(serving("app"), without, because=because, control=(serving("app"), good))


@requirement("MC-DEF-05")
@pytest.mark.parametrize(
    ("given", "completed"),
    [
        ({}, {"successThreshold": 1}),
        ({"periodSeconds": 5}, {"periodSeconds": 5, "successThreshold": 1, "failureThreshold": 3, "timeoutSeconds": 1}),
    ],
)
def test_a_readiness_probe_is_completed(admission: Admission, given: dict[str, int], completed: dict[str, int]) -> None:
    """As that of the serving container is."""
    stored = admission.containers_as_stored(serving("app"), sidecar("helper", readinessProbe={**http_probe(), **given}))
    probe = stored["helper"]["readinessProbe"]
    assert {**probe, "httpGet": None} == {**completed, "httpGet": None}


@requirement("MC-DEF-06")
@pytest.mark.parametrize("probe", PROBES)
def test_a_grpc_probe_without_a_service_asks_for_the_empty_name(admission: Admission, probe: str) -> None:
    """That is the server as a whole."""
    stored = [
        admission.containers_as_stored(serving("app"), sidecar("helper").with_fields(**{probe: handler}))
        for handler in ({"grpc": {"port": 8882}}, grpc_probe("liveness"))
    ]
    probes = [containers["helper"][probe] for containers in stored]
    assert [each["grpc"]["service"] for each in probes] == ["", "liveness"]


@requirement("MC-PRB-20")
def test_a_probe_that_names_its_port_is_refused(admission: Admission) -> None:
    """A sidecar declares no ports, so that no name can be resolved."""
    named, good = (sidecar("helper", readinessProbe=http_probe(port=port)) for port in ("web", 8882))
    admission.refuses(serving("app"), named, because="port", control=(serving("app"), good))


@requirement("MC-PRB-22")
def test_a_probes_grace_period_is_kept(admission: Admission) -> None:
    """Kubernetes has had it since 1.25."""
    app = serving("app", livenessProbe=http_probe("live", port=8881, terminationGracePeriodSeconds=5))
    stored = admission.containers_as_stored(app, sidecar("helper"))
    assert stored["app"]["livenessProbe"].get("terminationGracePeriodSeconds") == 5
