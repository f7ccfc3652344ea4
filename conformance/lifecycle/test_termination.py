"""How long a pod takes to end, and what its containers live to see meanwhile."""

from concurrent.futures import Future

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Answer, Deploy, delete_pod_timed, serving, sidecar

GRACE = 45
"""Seconds; longer than the 30 s that upstream drains for, so that it shows what comes after."""
SLACK = 20
"""Seconds that Kubernetes may take to notice, beyond what is measured."""

Ending = tuple[Future[float], Future[Answer]]


@pytest.fixture(scope="module")
def idle(deploy: Deploy) -> Future[float]:
    """The end of a pod that nobody calls."""
    service = deploy(serving("app"), sidecar("helper"), timeout_seconds=GRACE)
    return delete_pod_timed(service, service.pod)


@pytest.fixture(scope="module")
def busy(deploy: Deploy, idle: Future[float]) -> Ending:
    """The end of a pod with a request of 38 s under way, and one of whose sidecars does not heed SIGTERM."""
    assert not idle.cancelled()
    stubborn = sidecar("stubborn", listen=8883, env={"TERM_IGNORE": "true"})
    service = deploy(serving("app"), sidecar("helper"), stubborn, timeout_seconds=GRACE)
    pod = service.pod
    answer = service.send_in_background("/slow", seconds="38", then="http://127.0.0.1:8882/")
    service.wait_for(
        lambda: service.container("app").requests()["in_flight"],
        lambda count: count == 1,
        expect="the request under way",
    )
    return delete_pod_timed(service, pod), answer


@requirement("MC-LIF-05")
def test_an_idle_pod_ends_at_once(idle: Future[float], busy: Ending) -> None:
    """Having nothing to finish, it does not run on for half a minute; it ends beside the busy one."""
    assert not busy[0].cancelled()
    assert idle.result() < SLACK


@requirement("MC-LIF-06")
def test_a_request_of_more_than_half_a_minute_keeps_its_sidecar(busy: Ending) -> None:
    """It is within timeoutSeconds, began before the deletion, and uses the sidecar at its end."""
    answer = busy[1].result()
    assert (answer.status, answer.json()["then"]["status"]) == (200, 200)


@requirement("MC-LIF-04")
def test_a_sidecar_that_ignores_sigterm_is_killed(busy: Ending) -> None:
    """The pod is gone when timeoutSeconds, which are its grace period, are over."""
    assert busy[0].result() < GRACE + SLACK
