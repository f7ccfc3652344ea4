"""Probes where queue-proxy finds out by itself whether a container speaks HTTP/2."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    MIN_SECONDS_TO_READY,
    SLOW_START_SECONDS,
    Container,
    Deploy,
    Service,
    http_probe,
    serving,
    sidecar,
    watch_ready,
)

DELAYED = {"READY_AFTER": str(SLOW_START_SECONDS)}
WITH_HEADER = {"path": "/healthz/ready", "port": 8882, "httpHeaders": [{"name": "X-Probe", "value": "mine"}]}
CONTAINERS: dict[str, tuple[Container, ...]] = {
    "serving container": (serving("app", env=DELAYED, readinessProbe=http_probe(port=8881)), sidecar("helper")),
    "sidecar": (serving("app"), sidecar("helper", env=DELAYED, readinessProbe=http_probe())),
    "never": (serving("app"), sidecar("helper", env={"READY": "false"}, readinessProbe=http_probe())),
    "never, with a period": (
        serving("app"),
        sidecar("helper", env={"READY": "false"}, readinessProbe=http_probe(**EVERY_SECOND)),
    ),
    "header": (
        serving("app"),
        sidecar("helper", env={"PROBE_HEADER": "X-Probe: mine"}, readinessProbe={"httpGet": WITH_HEADER}),
    ),
}


@pytest.fixture(scope="module")
def services(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of these lists of containers."""
    return {name: deploy(*containers, ready=False) for name, containers in CONTAINERS.items()}


@pytest.fixture(scope="module")
def seen(services: dict[str, Service]) -> dict[str, set[str]]:
    """The values that Ready of each Service had while all its containers ran."""
    return watch_ready(services, once_running="helper")


@requirement("MC-PRB-29")
def test_ready_waits_for_probes_of_an_unknown_protocol(services: dict[str, Service]) -> None:
    """Each is ready after a delay. One test, as the second would only wait as long as the first where none ever is."""
    assert services["serving container"].wait_ready().seconds_to_ready("app") >= MIN_SECONDS_TO_READY
    assert services["sidecar"].wait_ready().seconds_to_ready("helper") >= MIN_SECONDS_TO_READY


@requirement("MC-PRB-29")
@pytest.mark.parametrize("case", ["never", "never, with a period"])
def test_a_probe_of_an_unknown_protocol_that_fails_counts(seen: dict[str, set[str]], case: str) -> None:
    """All containers run, and the serving container is healthy."""
    assert "True" not in seen[case]


@requirement("MC-PRB-30")
def test_a_probe_of_an_unknown_protocol_has_its_headers(seen: dict[str, set[str]]) -> None:
    """Without the header this sidecar answers 403."""
    assert "True" in seen["header"]
