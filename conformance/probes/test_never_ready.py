"""Readiness probes of sidecars that never pass: the Service never becomes Ready, and its Revision fails in the end.

All Services are deployed first, and then watched at the same time.
"""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    Container,
    Deploy,
    Service,
    grpc_probe,
    http_probe,
    serving,
    sidecar,
    tcp_probe,
    watch_ready,
)

NEVER_READY = {"READY": "false"}
"""Variables of a sidecar whose readiness check never passes."""
READY_IN_300_MS = {"READY_DELAY_MS": "300"}
"""Variables of a sidecar whose readiness check passes, and takes 300 ms to answer."""
PASSING = sidecar("first", listen=8883, readinessProbe=http_probe(port=8883))
PASSING_EVERY_SECOND = PASSING.with_fields(readinessProbe=http_probe(port=8883, **EVERY_SECOND))

SIDECARS: dict[str, tuple[Container, ...]] = {
    "http": (sidecar(env=NEVER_READY, readinessProbe=http_probe()),),
    "http with a period": (sidecar(env=NEVER_READY, readinessProbe=http_probe(**EVERY_SECOND)),),
    "tcp": (sidecar(env={"LISTEN_AFTER": "600"}, readinessProbe=tcp_probe()),),
    "grpc": (sidecar(env=NEVER_READY, readinessProbe=grpc_probe()),),
    "one of two": (PASSING, sidecar(env=NEVER_READY, readinessProbe=http_probe())),
    "one of two with a period": (
        PASSING_EVERY_SECOND,
        sidecar(env=NEVER_READY, readinessProbe=http_probe(**EVERY_SECOND)),
    ),
    "header missing": (sidecar(env={"PROBE_HEADER": "X-Probe: mine"}, readinessProbe=http_probe()),),
    "slow": (sidecar(env=READY_IN_300_MS, readinessProbe=http_probe()),),
    "no slash": (sidecar(readinessProbe={"httpGet": {"path": "healthz/ready", "port": 8882}}),),
}

FAILING = ("http", "tcp", "grpc")
"""Those whose end is waited for; the others have as long as it takes, so that a slow node does not end them."""


@pytest.fixture(scope="module")
def services(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of these lists of sidecars."""
    return {
        name: deploy(serving("app"), *sidecars, fails_soon=name in FAILING, ready=False)
        for name, sidecars in SIDECARS.items()
    }


@pytest.fixture(scope="module")
def seen(services: dict[str, Service]) -> dict[str, set[str]]:
    """The values that Ready of each Service had while all its containers ran."""
    return watch_ready(services, once_running="helper")


@requirement("MC-PRB-03")
@pytest.mark.parametrize("kind", ["http", "http with a period", "tcp", "grpc"])
def test_a_failing_probe_of_each_kind_keeps_the_service_unready(seen: dict[str, set[str]], kind: str) -> None:
    """All containers run, and the serving container is healthy."""
    assert "True" not in seen[kind]


@requirement("MC-PRB-11")
@pytest.mark.parametrize("case", ["one of two", "one of two with a period"])
def test_one_failing_probe_is_enough(seen: dict[str, set[str]], case: str) -> None:
    """The other sidecar's probe passes."""
    assert "True" not in seen[case]


@requirement("MC-PRB-12")
def test_a_probe_without_the_required_header_fails(seen: dict[str, set[str]]) -> None:
    """It is the header of the template that lets the probe pass."""
    assert "True" not in seen["header missing"]


@requirement("MC-PRB-12")
def test_a_path_without_a_leading_slash_depends_on_the_release(services: dict[str, Service], expected: str) -> None:
    """With older releases the URL is invalid, and the probe never passes."""
    service = services["no slash"]
    if expected == "ready":
        service.wait_ready()
    else:
        service.wait_running("helper")
        service.assert_stays_unready()


@requirement("MC-PRB-07")
def test_a_check_slower_than_100_ms_needs_a_period(seen: dict[str, set[str]], deploy_once: Deploy) -> None:
    """With a period its timeout is one second, and an answer in 300 ms is in time."""
    assert "True" not in seen["slow"]
    with_period = http_probe(periodSeconds=1, timeoutSeconds=1)
    deploy_once(serving("app"), sidecar("helper", env=READY_IN_300_MS, readinessProbe=with_period))


@requirement("MC-PRB-24")
@pytest.mark.parametrize("kind", FAILING)
def test_a_probe_that_never_passes_fails_the_revision(services: dict[str, Service], kind: str) -> None:
    """After the progress deadline, and so the Service."""
    service = services[kind]
    within = service.timeouts.failure
    service.wait_revision_condition("Ready", "False", within=within)
    service.wait_condition("Ready", "False", within=within)
