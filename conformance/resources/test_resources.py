"""Resources: what one container asks for, or takes, is not another's."""

from decimal import Decimal
from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    KEEP_ONE_POD,
    QUEUE_PROXY,
    SHORT_PROGRESS_DEADLINE,
    Deploy,
    Service,
    resources,
    serving,
    sidecar,
    subset,
)

EXTENDED = "conformance.example/absent"
GREEDY: dict[str, Any] = {
    "requests": {"cpu": "1000", "ephemeral-storage": "3Mi", EXTENDED: "2"},
    "limits": {EXTENDED: "2"},
}
OWN = {"requests": {"cpu": "60m", "memory": "120Mi"}, "limits": {"cpu": "600m", "memory": "600Mi"}}
BIG = {"requests": {"cpu": "20m", "memory": "20Mi"}, "limits": {"cpu": "900m", "memory": "900Mi"}}
UNLIMITED = {"requests": {"cpu": "12m", "memory": "22Mi"}}
HALF = {**KEEP_ONE_POD, "queue.sidecar.serving.knative.dev/resource-percentage": "50"}


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Containers with resources of their own, and queue-proxy with half of the serving container's."""
    return deploy(
        serving("app", resources=OWN),
        sidecar("helper", resources=BIG),
        sidecar("second", listen=8883, resources=UNLIMITED),
        annotations=HALF,
    )


@pytest.fixture(scope="module")
def unschedulable(deploy: Deploy) -> Service:
    """A sidecar that asks for more than any node has."""
    return deploy(serving("app"), sidecar("helper", resources=GREEDY), annotations=SHORT_PROGRESS_DEADLINE, ready=False)


@requirement("MC-RES-02")
def test_a_sidecar_that_takes_too_much_memory_is_killed_alone(deploy: Deploy) -> None:
    """It is started again, and the other containers are left as they are."""
    service = deploy(serving("app"), sidecar("helper", resources={"limits": {"memory": "48Mi"}}))
    service.get("/call", params={"url": "http://127.0.0.1:8882/allocate?mib=96", "method": "POST"})  # it can't answer
    pod = service.wait_for(
        lambda: service.pods()[0],
        lambda pod: pod.restarts()["helper"] >= 1,
        expect="a restart of the sidecar",
        show=lambda pod: pod.restarts(),
    )
    assert subset(pod.last_termination("helper"), ["exitCode", "reason"]) == {"exitCode": 137, "reason": "OOMKilled"}
    assert pod.restarts()["app"] == 0
    service.wait_body("/", "Yay!! multi-container works")


@requirement("MC-RES-03")
def test_the_proxys_share_is_of_the_serving_container_alone(service: Service) -> None:
    """Half of what that asks for, whatever a sidecar does."""
    mebibyte = 2**20
    assert resources(service.pod.containers[QUEUE_PROXY]) == {
        "cpu-request": Decimal("0.030"),
        "memory-request": 60 * mebibyte,
        "cpu-limit": Decimal("0.300"),
        "memory-limit": 300 * mebibyte,
    }


@requirement("MC-RES-04")
def test_a_sidecar_that_fits_on_no_node_is_told(unschedulable: Service) -> None:
    """The Revision says that its pod can't be scheduled, and the Service is not Ready."""
    unschedulable.wait_revision(
        lambda seen: seen.condition("ResourcesAvailable").reason == "Unschedulable",
        expect="ResourcesAvailable=False (Unschedulable)",
    )
    assert unschedulable.object.condition("Ready").status != "True"


@requirement("MC-RES-05")
def test_every_kind_of_resource_reaches_the_pod(unschedulable: Service) -> None:
    """Storage, and what only some nodes have."""
    pod = unschedulable.wait_for(unschedulable.pods, bool, expect="a pod", show=str)[0]
    assert resources(pod.containers["helper"]) == {
        "cpu-request": 1000,
        "ephemeral-storage-request": 3 * 2**20,
        f"{EXTENDED}-request": 2,
        f"{EXTENDED}-limit": 2,
    }


@requirement("MC-RES-01")
def test_resources_are_each_containers_own(service: Service) -> None:
    """Requests and limits are neither added up nor copied."""
    containers = service.pod.containers
    assert (containers["app"]["resources"], containers["helper"]["resources"]) == (OWN, BIG)
    assert containers["second"]["resources"] == UNLIMITED
