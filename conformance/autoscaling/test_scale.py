"""Replicas: each is a complete pod, and requests stay within it, through the activator and past it."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MAX_SCALE, MIN_SCALE, PAIR, Deploy, Service, Way

REPLICAS = 3


@pytest.fixture(scope="module")
def replicated(deploy: Deploy, way: Way) -> Service:
    """Three replicas from the start."""
    annotations = {MIN_SCALE: str(REPLICAS), MAX_SCALE: str(REPLICAS)}
    return deploy(*PAIR, annotations=annotations, way=way)


@pytest.fixture(scope="module")
def one_at_a_time(deploy: Deploy, way: Way) -> Service:
    """A serving container that takes one request at a time, and may have three replicas."""
    annotations = {MIN_SCALE: "1", MAX_SCALE: str(REPLICAS)}
    return deploy(*PAIR, annotations=annotations, fields={"containerConcurrency": 1}, way=way)


@requirement("MC-ASC-04")
def test_every_replica_has_all_the_containers(replicated: Service) -> None:
    """Each pod runs its own serving container and its own sidecar."""
    pods = replicated.wait_pods(REPLICAS)
    assert [{"app", "helper"} <= pod.running() for pod in pods] == [True] * REPLICAS


@requirement("MC-ASC-05")
def test_a_request_stays_within_its_pod(replicated: Service) -> None:
    """The sidecar that a serving container calls is always the one beside it."""
    replicated.wait_pods(REPLICAS)
    pairs = _pods_of_pairs(replicated, times=60)
    assert {app for app, helper in pairs if app != helper} == set()
    assert len({app for app, _ in pairs}) > 1, "all requests went to one replica: nothing was shown"


@requirement("MC-ASC-05")
def test_a_request_stays_within_its_pod_after_scaling_up(one_at_a_time: Service) -> None:
    """Pods that are added on demand are complete, too."""
    with one_at_a_time.load("/slow?seconds=1", at_once=4):
        one_at_a_time.wait_pods(2, within=one_at_a_time.timeouts.scale_up)
        pairs = _pods_of_pairs(one_at_a_time, times=10)
    assert {app for app, helper in pairs if app != helper} == set()


@requirement("MC-ASC-06")
def test_concurrency_is_counted_for_the_serving_container_only(one_at_a_time: Service) -> None:
    """With a limit of one, calls of the sidecar pass while a request is in flight, and a second request waits."""
    with one_at_a_time.load("/slow?seconds=1&then=http://127.0.0.1:8882/identity", at_once=4) as answers:
        one_at_a_time.wait_for(lambda: len(answers), lambda count: count >= 8, expect="two rounds of answers")
        peaks = one_at_a_time.in_flight_peaks("app", "/slow")
    assert {answer.status for answer in answers} == {200}
    assert set(peaks.values()) == {1}


def _pods_of_pairs(service: Service, *, times: int) -> list[tuple[str, str]]:
    """Return for each request the pod of the serving container that took it, and that of the sidecar that it called."""
    answers = service.get_many("/call?url=http://127.0.0.1:8882/identity", times=times)
    return [(answer.headers["instrument-pod"], answer.relayed()["pod"]) for answer in answers]
