"""How long a pod takes to terminate, and what its containers can still do meanwhile."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import NamedTuple

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Answer, Deploy, Pod, Service, Timeouts, Way, sidecar

TIMEOUT_SECONDS = 45
"""timeoutSeconds of the Services, and so the grace period of their pods: longer than the 30 s for which Knative drains,
so that what comes after the drain can be seen."""


class Termination(NamedTuple):
    """What becomes of a pod that is deleted, and of its request."""

    answer: Future[Answer]
    grace_seconds: int
    """After which Kubernetes kills what is left of the pod."""
    gone: Future[float]
    """The seconds that it takes."""


@pytest.fixture(scope="module")
def idle(deploy: Deploy) -> Future[float]:
    """The seconds that a pod without requests takes to terminate."""
    service = deploy(*PAIR, timeout_seconds=TIMEOUT_SECONDS)
    return service.delete_pod_timed(service.pod)


@pytest.fixture(scope="module")
def busy(deploy: Deploy) -> Mapping[Way, Termination]:
    """The end of a pod which has a request of 38 s in flight and a sidecar that ignores SIGTERM.

    For each way of the request, at the same time, so that the waits overlap.
    """
    stubborn = sidecar("stubborn", listen=8883, env={"TERM_IGNORE": "true"})
    services = {way: deploy(*PAIR, stubborn, timeout_seconds=TIMEOUT_SECONDS, way=way, ready=False) for way in Way}
    return {way: _delete_while_busy(service.wait_ready()) for way, service in services.items()}


@pytest.mark.usefixtures("busy")
@requirement("MC-LIF-05")
def test_an_idle_pod_terminates_at_once(idle: Future[float], timeouts: Timeouts) -> None:
    """It has nothing to drain. The busy pod terminates at the same time, so that the waits overlap."""
    assert idle.result() < timeouts.pod_end


@requirement("MC-LIF-11")
def test_a_request_of_over_30_seconds_is_answered(busy: Mapping[Way, Termination], way: Way) -> None:
    """It is within timeoutSeconds, and began before the deletion. What its sidecar does at its end is another claim."""
    answer = busy[way].answer.result()
    assert answer.headers.get("instrument-container") == "app", f"the request was cut, and answered by {answer}"


@requirement("MC-LIF-06")
def test_a_request_of_over_30_seconds_keeps_its_sidecar(busy: Mapping[Way, Termination], way: Way) -> None:
    """It is within timeoutSeconds, began before the deletion, and uses the sidecar at its end."""
    answer = busy[way].answer.result()
    assert (answer.status, answer.json()["then"]["status"]) == (200, 200)


@requirement("MC-LIF-04")
def test_a_sidecar_that_ignores_sigterm_is_killed(busy: Mapping[Way, Termination], way: Way) -> None:
    """Kubernetes kills it when the grace period is over, as soon as the node comes to it. The period is Knative's."""
    assert busy[way].grace_seconds == TIMEOUT_SECONDS
    assert busy[way].gone.result() >= TIMEOUT_SECONDS


def _delete_while_busy(service: Service) -> Termination:
    pod = service.pod
    answer = service.start_slow_request(seconds=38, then="http://127.0.0.1:8882/")
    gone = service.delete_pod_timed(pod)
    return Termination(answer, _grace_seconds(service, pod), gone)


def _grace_seconds(service: Service, pod: Pod) -> int:
    (ending,) = (each for each in service.all_pods() if each.name == pod.name)
    seconds: int = ending.object["metadata"]["deletionGracePeriodSeconds"]
    return seconds
