"""The drain of a pod: requests in flight complete first, then every container gets SIGTERM.

Through the activator, and past it, at the same time, so that the waits overlap.
"""

from collections.abc import Mapping
from concurrent.futures import Future

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, PAIR, Answer, Deploy, Service, Way

TIMEOUT_SECONDS = 60
"""timeoutSeconds of the Service, and so the grace period of its pod: longer than the 30 s after the last request for
which Knative drains, so that what comes after the drain can be seen."""

Drain = tuple[Future[Answer], Mapping[str, Future[str]]]
"""What becomes of a request that is in flight, and the logs of the containers to their end."""


@pytest.fixture(scope="module")
def drains(deploy: Deploy) -> Mapping[Way, Drain]:
    """A pod with a request in flight is deleted, for each way of the request."""
    services = {way: deploy(*PAIR, timeout_seconds=TIMEOUT_SECONDS, way=way, ready=False) for way in Way}
    return {way: _delete_while_busy(service.wait_ready()) for way, service in services.items()}


@requirement("MC-LIF-01")
@requirement("MC-LIF-02")
def test_a_request_in_flight_completes_before_containers_get_sigterm(drains: Mapping[Way, Drain], way: Way) -> None:
    """At its end it still uses the sidecar, and only then every container gets SIGTERM."""
    slow, logs = drains[way]
    answer = slow.result()
    assert (answer.status, answer.json()["then"]["body"].strip()) == (200, GREETING)
    ended = {name: '"signal":"terminated"' in log.result() for name, log in logs.items()}
    assert ended == {"app": True, "helper": True}


def _delete_while_busy(service: Service) -> Drain:
    pod = service.pod
    slow = service.start_slow_request(seconds=8, then="http://127.0.0.1:8882/")
    logs = {name: service.log_to_its_end(pod, name) for name in ("app", "helper")}
    service.delete_pod(pod)
    return slow, logs
