"""A sidecar whose readiness fails after its Service was Ready: the pod is out of service until it recovers."""

from concurrent.futures import Future
from urllib.parse import urlencode

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import EVERY_SECOND, Answer, Deploy, Pod, Service, http_probe, serving, sidecar

TIMEOUT_SECONDS = 60
"""timeoutSeconds of the Service: longer than the slow requests that end an outage."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """The serving container's probe counts the first failure; the sidecar's own would allow 30 s of failures."""
    tolerant = http_probe(periodSeconds=1, failureThreshold=30)
    return deploy(
        serving("app", readinessProbe=http_probe(port=8881, **EVERY_SECOND)),
        sidecar("helper", readinessProbe=tolerant),
        timeout_seconds=TIMEOUT_SECONDS,
    )


@requirement("MC-PRB-08")
@requirement("MC-PRB-09")
def test_a_pod_is_out_of_service_while_its_sidecar_is_not_ready(service: Service) -> None:
    """It has no ready address, though all its containers run; then it serves again, and no container was restarted."""
    pod = service.pod
    recovery = _fail_readiness(service, seconds=25)
    _wait_out_of_service(service, pod, within=20)
    assert {"app", "helper"} <= service.pods()[0].running()
    assert recovery.result().status == 200
    service.wait_pods(1)
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}
    assert (service.pod.uid, service.pod.restarts()) == (pod.uid, pod.restarts())


@requirement("MC-PRB-10")
def test_the_serving_containers_period_and_threshold_apply(service: Service) -> None:
    """The first failure of the sidecar is enough, whatever its own threshold is."""
    pod = service.pod
    recovery = _fail_readiness(service, seconds=20)
    _wait_out_of_service(service, pod, within=15)
    assert recovery.result().status == 200
    service.wait_pods(1)


def _fail_readiness(service: Service, *, seconds: int) -> Future[Answer]:
    """Have the sidecar's readiness fail from now on, and pass again after so many seconds.

    A request that is in flight all the time does the latter, since no other reaches a pod that is out of service.
    """
    helper = service.container("helper")
    recover = {"url": f"http://127.0.0.1:{helper.port}/readiness?status=200", "method": "PUT"}
    in_flight = service.start_slow_request(seconds=seconds, then=f"http://127.0.0.1:8881/call?{urlencode(recover)}")
    helper.set_health("readiness", 503)
    return in_flight


def _wait_out_of_service(service: Service, pod: Pod, *, within: float) -> None:
    """Wait until a pod is not ready, and none of its revision's addresses is."""
    service.wait_for(
        lambda: ([each.name for each in service.pods() if each.ready], service.ready_addresses()),
        lambda seen: seen == ([], []),
        within=within,
        expect=f"pod {pod.name} out of service",
    )
