"""Which probes of sidecars are accepted."""

from collections.abc import Callable
from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, Object, http_probe, serving, sidecar, tcp_probe

HELPER = "spec.template.spec.containers[1]"
PROBES = ["readinessProbe", "livenessProbe"]
TWO_HANDLERS = {**http_probe(), **tcp_probe()}
HANDLERS: dict[str, Callable[..., Object]] = {"httpGet": http_probe, "tcpSocket": tcp_probe}


@requirement("MC-ADM-21")
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_probe_without_a_port_is_refused(admission: Admission, probe: str, handler: str) -> None:
    """A sidecar has no port that could be meant."""
    portless, good = (sidecar("helper").with_fields(**{probe: HANDLERS[handler](port=port)}) for port in (0, 8882))
    because = f"invalid value: 0: {HELPER}.{probe}.{handler}.port\nProbe port must be specified"
    admission.assert_refused(serving("app"), portless, because=because, control=(serving("app"), good))


@requirement("MC-ADM-22")
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    ("handlers", "because"),
    [
        ({"successThreshold": 1}, "expected exactly one, got neither: "),
        (TWO_HANDLERS, "expected exactly one, got both: "),
    ],
)
def test_a_probe_has_exactly_one_handler(
    admission: Admission, probe: str, handlers: dict[str, Any], because: str
) -> None:
    """Neither none nor two."""
    wrong, good = (sidecar("helper").with_fields(**{probe: handlers}) for handlers in (handlers, http_probe()))
    refusal = admission.assert_refused(serving("app"), wrong, because=because, control=(serving("app"), good))
    assert f"{HELPER}.{probe}.httpGet" in refusal


@requirement("MC-ADM-45")
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_startup_probe_without_a_port_is_refused(admission: Admission, handler: str) -> None:
    """Kubernetes would refuse the pod, and the Service would wait for it without an end."""
    portless, good = (sidecar("helper", startupProbe=HANDLERS[handler](port=port)) for port in (0, 8882))
    because = f"invalid value: 0: {HELPER}.startupProbe.{handler}.port\nProbe port must be specified"
    admission.assert_refused(serving("app"), portless, because=because, control=(serving("app"), good))


@requirement("MC-ADM-45")
@pytest.mark.parametrize(("count", "handlers"), [("neither", {"periodSeconds": 1}), ("both", TWO_HANDLERS)])
def test_a_startup_probe_has_exactly_one_handler(admission: Admission, count: str, handlers: dict[str, Any]) -> None:
    """Neither none nor two."""
    wrong, good = (sidecar("helper", startupProbe=handlers) for handlers in (handlers, http_probe("startup")))
    because = f"expected exactly one, got {count}: {HELPER}.startupProbe"
    admission.assert_refused(serving("app"), wrong, because=because, control=(serving("app"), good))


@requirement("MC-ADM-23")
@pytest.mark.parametrize("field", ["failureThreshold", "timeoutSeconds"])
def test_a_readiness_probe_without_a_period_has_no_thresholds(admission: Admission, field: str) -> None:
    """They count in periods; with one they are accepted."""
    without, good = (
        sidecar("helper", readinessProbe={**http_probe(), field: 2, **period}) for period in ({}, {"periodSeconds": 1})
    )
    because = f"{field} is disallowed when periodSeconds is zero: {HELPER}.readinessProbe.{field}"
    admission.assert_refused(serving("app"), without, because=because, control=(serving("app"), good))
