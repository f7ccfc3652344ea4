"""The end of a pod: requests under way are completed first, and every container is told."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, serving, sidecar

LONG_GRACE = 60
"""Knative drains for 30 s from the last request; the grace period must be longer to see what comes after."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A Service whose pod may take long to end."""
    return deploy(serving("app"), sidecar("helper"), timeout_seconds=LONG_GRACE)


@requirement("MC-LIF-01")
@requirement("MC-LIF-02")
def test_a_request_under_way_outlives_the_deletion_of_its_pod(service: Service) -> None:
    """It still uses the sidecar at its end, and only then every container is told to end by SIGTERM."""
    pod = service.pod
    slow = service.send_in_background("/slow", seconds="8", then="http://127.0.0.1:8882/")
    service.wait_for(
        lambda: service.container("app").requests()["in_flight"],
        lambda count: count == 1,
        expect="the request under way",
    )
    logs = [service.follow_log(pod, container) for container in ("app", "helper")]
    service.delete_pod(pod)
    answer = slow.result()
    assert (answer.status, answer.json()["then"]["body"].strip()) == (200, "Yay!! multi-container works")
    service.wait_pod_gone(pod)
    assert ['"signal":"terminated"' in log.text() for log in logs] == [True, True]
