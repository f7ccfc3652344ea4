"""A sidecar whose readiness fails while it serves: its pod goes out of service, and comes back by itself."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    Deploy,
    Service,
    http_probe,
    serving,
    sidecar,
    unready_for,
    wait_out_of_service,
)

LONG_REQUESTS = 60


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """The serving container's probe has a quick cadence, the sidecar's own would allow half a minute of failures."""
    tolerant = http_probe(periodSeconds=1, failureThreshold=30)
    return deploy(
        serving("app", readinessProbe=http_probe(port=8881, **EVERY_SECOND)),
        sidecar("helper", readinessProbe=tolerant),
        timeout_seconds=LONG_REQUESTS,
    )


@requirement("MC-PRB-08")
@requirement("MC-PRB-09")
def test_a_sidecar_that_fails_takes_its_pod_out_until_it_recovers(service: Service) -> None:
    """The pod has no ready address, though all its containers run; then it serves again, and none was restarted."""
    pod = service.pod
    recovery = unready_for(service, "helper", seconds=25)
    wait_out_of_service(service, pod, within=20)
    assert {"app", "helper"} <= service.pods()[0].running()
    assert recovery.result().status == 200
    service.wait_pods(1)
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}
    assert (service.pod.uid, service.pod.restarts()) == (pod.uid, pod.restarts())


@requirement("MC-PRB-10")
def test_the_serving_containers_cadence_counts(service: Service) -> None:
    """A first failure of the sidecar is enough, whatever its own threshold."""
    pod = service.pod
    recovery = unready_for(service, "helper", seconds=20)
    wait_out_of_service(service, pod, within=15)
    assert recovery.result().status == 200
    service.wait_pods(1)
