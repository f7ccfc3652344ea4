"""What stands in the way of pods, and what only looks so."""

from typing import Any

import pytest

from kmc.fixtures.service.manifest import Spec, serving, sidecar
from kmc.fixtures.service.objects import Pod, Resource
from kmc.fixtures.service.obstacles import Obstacle, kept_from_running, obstacle_of, starts

IMAGES = {"r/serving@sha256:1", "r/sidecar@sha256:2"}
ASKS = {"requests": {"cpu": "10m"}}
LABELS = {"serving.knative.dev/revision": "s-1"}
WRITTEN: dict[str, Any] = {
    "metadata": {"name": "d", "labels": LABELS},
    "spec": {"template": {"spec": {"containers": []}}},
}
SPEC = Spec((serving("app", resources=ASKS), sidecar("helper")))


def deployment(message: str) -> Resource:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    return Resource({**WRITTEN, "status": {"conditions": [failure]}})


def written(cpu: str = "10m", image: str = "r/sidecar@sha256:2") -> Resource:
    containers = [
        {"name": "app", "image": "r/serving@sha256:1", "resources": {"requests": {"cpu": cpu}}},
        {"name": "helper", "image": image},
    ]
    return Resource({**WRITTEN, "spec": {"template": {"spec": {"containers": containers}}}})


def pod(*, status: dict[str, Any] | None = None, cpu: str = "10m", image: str = "r/sidecar@sha256:2") -> Pod:
    containers = [
        {"name": "app", "image": "r/serving@sha256:1", "resources": {"requests": {"cpu": cpu}}},
        {"name": "helper", "image": image},
    ]
    metadata = {"name": "p", "labels": LABELS}
    return Pod({"metadata": metadata, "spec": {"containers": containers}, "status": status or {}})


def unschedulable(cpu: str = "10m") -> Pod:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "Insufficient cpu."}
    return pod(status={"conditions": [condition]}, cpu=cpu)


def waiting(reason: str, image: str = "r/sidecar@sha256:2") -> Pod:
    return pod(
        status={"containerStatuses": [{"name": "helper", "state": {"waiting": {"reason": reason}}}]}, image=image
    )


def found(deployments: list[Resource], pods: list[Pod], spec: Spec = SPEC) -> Obstacle | None:
    return obstacle_of(spec, IMAGES, deployments, pods)


@pytest.mark.parametrize(
    ("message", "may_pass"),
    [
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', False),
        ('pods "x" is forbidden: unable to validate against any security context constraint: []', False),
        ('pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=9, limited: pods=9', True),
        (
            'pods "x" is forbidden: exceeded quota: a, requested: pods=1,cpu=2, used: cpu=0, limited: pods=9,cpu=1500m',
            False,
        ),
        ('Internal error occurred: failed calling webhook "sidecar-injector.example.com": connection refused', True),
        ('pods "x" is forbidden: failed quota: small: must specify limits.cpu for: app', False),
        ("Pod is invalid: requests: Invalid value: 2: must be less than or equal to cpu limit of 1", False),
        ('admission webhook "policy.example.com" denied the request: no', True),
        ("ValidatingAdmissionPolicy 'labels' with binding 'labels' denied request: the label team is required", False),
        ("policy 'drop' with binding 'drop' denied request: error applying patch: invalid ApplyConfiguration", False),
    ],
)
def test_a_refused_pod_is_an_obstacle(message: str, may_pass: bool) -> None:  # noqa: FBT001 - a parameter
    obstacle = found([deployment(message)], [])
    assert obstacle is not None
    assert (message in str(obstacle), obstacle.may_pass) == (True, may_pass)


def test_a_deployment_that_failed_otherwise_is_none() -> None:
    assert found([deployment('Pod "x" is invalid: spec.containers[1].name: Invalid value: "A"')], []) is None


def test_a_pod_without_a_node_waits_for_one() -> None:
    obstacle = found([], [unschedulable()])
    assert obstacle is not None
    assert ("Insufficient cpu" in str(obstacle), obstacle.may_pass) == (True, True)


def test_a_pod_that_asks_for_more_than_its_service_said_is_no_obstacle() -> None:
    assert found([], [unschedulable(cpu="100")]) is None


@pytest.mark.parametrize("image", ["r/sidecar@sha256:2", "mirror.example/sidecar@sha256:2"])
def test_an_image_of_the_suite_that_is_not_pulled_is_an_obstacle(image: str) -> None:
    obstacle = found([], [waiting("ImagePullBackOff", image)])
    assert obstacle is not None
    assert "helper of pod p: ImagePullBackOff" in str(obstacle)


def test_a_pod_that_others_have_made_ask_for_more_waits_for_a_node() -> None:
    assert found([written()], [unschedulable(cpu="100")]) is not None
    assert found([written(cpu="100")], [unschedulable(cpu="100")]) is None


def test_a_pod_that_had_no_node_is_knatives_where_its_deployment_asks_for_more() -> None:
    event = {"involvedObject": {"name": "d-1"}, "reason": "FailedScheduling", "message": "Insufficient cpu"}
    for cpu, kept in (("10m", "no node has room: Insufficient cpu"), ("100", "")):
        assert kept_from_running(SPEC, [written(cpu)], [event]) == kept


def test_an_image_that_a_mirror_names_otherwise_is_the_suites() -> None:
    assert "helper of pod p" in str(found([written()], [waiting("ErrImagePull", "mirror.example/all:sidecar")]))
    assert found([written(image="r/sidecar:absent")], [waiting("ErrImagePull", "mirror.example/all:absent")]) is None


@pytest.mark.parametrize(("reason", "in_the_way"), [("CrashLoopBackOff", True), ("PodInitializing", False)])
def test_a_container_that_others_have_added_and_that_does_not_run_is_an_obstacle(
    reason: str, *, in_the_way: bool
) -> None:
    added = {"name": "mesh", "state": {"waiting": {"reason": reason}}}
    assert ("mesh of pod p" in str(found([written()], [pod(status={"containerStatuses": [added]})]))) == in_the_way


def test_what_a_test_judges_is_no_obstacle_to_it_and_all_else_is() -> None:
    judged = Spec(SPEC.containers, blocked="no node has room")
    assert found([written()], [unschedulable()], judged) is None
    assert "exceeded quota" in str(found([deployment("exceeded quota: few")], [unschedulable()], judged))


def test_an_image_that_a_test_names_itself_is_none() -> None:
    assert found([], [waiting("ImagePullBackOff", "r/sidecar:absent")]) is None


def test_a_crash_is_none() -> None:
    assert found([], [waiting("CrashLoopBackOff")]) is None


def test_an_evicted_pod_is_an_obstacle() -> None:
    assert "Evicted" in str(found([], [pod(status={"reason": "Evicted", "message": "low on memory"})]))


def test_of_two_obstacles_the_one_that_stays_is_returned() -> None:
    refused = deployment('pods "x" is forbidden: violates PodSecurity "restricted:latest"')
    obstacle = found([refused], [unschedulable()])
    assert obstacle is not None
    assert not obstacle.may_pass


def state(reason: str) -> dict[str, Any]:
    return {
        "name": "app",
        "state": {reason: {}} if reason in ("running", "terminated") else {"waiting": {"reason": reason}},
    }


@pytest.mark.parametrize(
    ("init", "containers", "starting"),
    [
        ([], [], True),
        ([], ["running", "ContainerCreating"], True),
        ([], ["running", "CrashLoopBackOff"], False),
        ([], ["ErrImagePull", "running"], False),
        ([], ["terminated"], False),
        (["PodInitializing"], ["PodInitializing"], True),
        (["running", "PodInitializing"], ["PodInitializing"], False),
        (["CrashLoopBackOff"], ["PodInitializing"], False),
        (["terminated", "PodInitializing"], ["PodInitializing"], True),
        (["terminated"], ["PodInitializing"], True),
        (["terminated"], ["running"], False),
    ],
)
def test_kubernetes_is_still_starting_what_it_has_not_tried_yet(
    init: list[str], containers: list[str], *, starting: bool
) -> None:
    status = {"initContainerStatuses": [*map(state, init)], "containerStatuses": [*map(state, containers)]}
    assert starts(pod(status=status)) == starting


def test_a_pod_without_a_node_or_that_ends_is_not_being_started() -> None:
    assert not starts(unschedulable())
    ending = pod()
    ending.object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert not starts(ending)
