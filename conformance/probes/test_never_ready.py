"""Readiness probes of sidecars that never pass: the Service never becomes Ready, and its Revision fails in the end.

All Services are created first, and then watched for the same time.
"""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    SHORT_PROGRESS_DEADLINE,
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

NEVER = {"READY": "false"}
SLOW = {"READY_DELAY_MS": "300"}
WELL = sidecar("first", listen=8883, readinessProbe=http_probe(port=8883))

SIDECARS: dict[str, tuple[Container, ...]] = {
    "http": (sidecar(env=NEVER, readinessProbe=http_probe()),),
    "http with a period": (sidecar(env=NEVER, readinessProbe=http_probe(**EVERY_SECOND)),),
    "tcp": (sidecar(env={"LISTEN_AFTER": "600"}, readinessProbe=tcp_probe()),),
    "grpc": (sidecar(env=NEVER, readinessProbe=grpc_probe()),),
    "one of two": (WELL, sidecar(env=NEVER, readinessProbe=http_probe())),
    "header missing": (sidecar(env={"PROBE_HEADER": "X-Probe: mine"}, readinessProbe=http_probe()),),
    "slow": (sidecar(env=SLOW, readinessProbe=http_probe()),),
    "no slash": (sidecar(readinessProbe={"httpGet": {"path": "healthz/ready", "port": 8882}}),),
}


@pytest.fixture(scope="module")
def services(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of these sidecars; they become Ready or not."""
    return {
        name: deploy(serving("app"), *sidecars, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
        for name, sidecars in SIDECARS.items()
    }


@pytest.fixture(scope="module")
def seen(services: dict[str, Service]) -> dict[str, set[str]]:
    """What Ready was, of each Service, in a window in which all its containers ran."""
    return watch_ready(services, once_running="helper")


@requirement("MC-PRB-03")
@pytest.mark.parametrize("kind", ["http", "http with a period", "tcp", "grpc"])
def test_a_failing_probe_of_each_kind_keeps_the_service_from_ready(seen: dict[str, set[str]], kind: str) -> None:
    """All containers run, and the serving container is well."""
    assert "True" not in seen[kind]


@requirement("MC-PRB-11")
def test_one_failing_probe_is_enough(seen: dict[str, set[str]]) -> None:
    """The other sidecar's probe passes."""
    assert "True" not in seen["one of two"]


@requirement("MC-PRB-12")
def test_a_probe_without_the_header_that_the_sidecar_wants_fails(seen: dict[str, set[str]]) -> None:
    """So it is the header of the template that lets it pass, and no other."""
    assert "True" not in seen["header missing"]


@requirement("MC-PRB-12")
def test_a_path_without_a_slash_is_taken_as_the_release_does(services: dict[str, Service], expected: str) -> None:
    """Older releases make no URL of it, and the probe never passes."""
    service = services["no slash"]
    if expected == "ready":
        service.wait_ready()
    else:
        service.wait_running("helper")
        service.assert_stays_unready()


@requirement("MC-PRB-07")
def test_a_check_slower_than_100_ms_needs_a_period(seen: dict[str, set[str]], deploy_once: Deploy) -> None:
    """With a period its timeout is a second, and 300 ms are quick enough."""
    assert "True" not in seen["slow"]
    with_period = http_probe(periodSeconds=1, timeoutSeconds=1)
    deploy_once(serving("app"), sidecar("helper", env=SLOW, readinessProbe=with_period))


@requirement("MC-PRB-24")
@pytest.mark.parametrize("kind", ["http", "tcp", "grpc"])
def test_a_probe_that_never_passes_fails_the_revision(services: dict[str, Service], kind: str) -> None:
    """After the progress deadline, and the Service says so."""
    service = services[kind]
    within = service.timeouts.failure
    service.wait_revision(lambda seen: seen.condition("Ready").status == "False", expect="failed", within=within)
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False", within=within)
