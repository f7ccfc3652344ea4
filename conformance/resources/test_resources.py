"""Requests and limits of each container: as written, for queue-proxy, when exceeded, when they fit on no node."""

from decimal import Decimal
from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    GREETING,
    KEEP_ONE_POD,
    NO_NODE_HAS,
    QUEUE_PROXY,
    Deploy,
    Service,
    resources,
    serving,
    sidecar,
    subset,
)

TOO_MUCH: dict[str, Any] = {
    "requests": {"cpu": "1m", "memory": "8Mi", "ephemeral-storage": "3Mi", NO_NODE_HAS: "2"},
    "limits": {"cpu": "500m", "memory": "64Mi", NO_NODE_HAS: "2"},
}
SMALL = {"requests": {"cpu": "60m", "memory": "120Mi"}, "limits": {"cpu": "600m", "memory": "600Mi"}}
BIG = {"requests": {"cpu": "20m", "memory": "20Mi"}, "limits": {"cpu": "900m", "memory": "900Mi"}}
NARROW = {"requests": {"cpu": "1m", "memory": "8Mi"}, "limits": {"cpu": "1", "memory": "48Mi"}}
UNLIMITED = {"requests": {"cpu": "12m", "memory": "22Mi"}}
HALF_FOR_QUEUE_PROXY = {**KEEP_ONE_POD, "queue.sidecar.serving.knative.dev/resource-percentage": "50"}


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Containers with resources of their own, and a queue-proxy with half of the serving container's."""
    return deploy(
        serving("app", resources=SMALL),
        sidecar("helper", resources=BIG),
        sidecar("second", listen=8883, resources=UNLIMITED),
        annotations=HALF_FOR_QUEUE_PROXY,
    )


@pytest.fixture(scope="module")
def unschedulable(deploy: Deploy) -> Service:
    """A sidecar that requests what no node has."""
    helper = sidecar("helper", resources=TOO_MUCH)
    return deploy(serving("app"), helper, fails_soon=True, blocked="no node has room", ready=False)


@requirement("MC-RES-02")
def test_a_sidecar_over_its_memory_limit_is_killed_alone(deploy: Deploy) -> None:
    """It is restarted, and the other containers go on running."""
    service = deploy(serving("app"), sidecar("helper", resources=NARROW))
    service.require_as_written("helper", "resources.limits.memory")
    service.get("/call", params={"url": "http://127.0.0.1:8882/allocate?mib=96", "method": "POST"})  # it can't answer
    pod = service.wait_restarted("helper")
    assert subset(pod.last_termination("helper"), ["exitCode", "reason"]) == {"exitCode": 137, "reason": "OOMKilled"}
    assert pod.restarts()["app"] == 0
    service.wait_body(GREETING)


@requirement("MC-RES-03")
def test_queue_proxys_share_is_of_the_serving_container_only(service: Service) -> None:
    """Half of what that requests, whatever a sidecar requests."""
    mebibyte = 2**20
    half = {
        "cpu-request": Decimal("0.030"),
        "memory-request": 60 * mebibyte,
        "cpu-limit": Decimal("0.300"),
        "memory-limit": 300 * mebibyte,
    }
    assert subset(resources(service.template.containers[QUEUE_PROXY]), half) == half


@requirement("MC-RES-04")
def test_an_unschedulable_sidecar_is_reported(unschedulable: Service) -> None:
    """The Revision has the reason Unschedulable, and the Service is not Ready."""
    unschedulable.wait_revision(
        lambda seen: seen.condition("ResourcesAvailable").reason == "Unschedulable",
        expect="ResourcesAvailable (Unschedulable)",
    )
    assert unschedulable.object.condition("Ready").status != "True"


@requirement("MC-RES-05")
def test_storage_and_extended_resources_reach_the_pod(unschedulable: Service) -> None:
    """Ephemeral storage, and what only some nodes have."""
    assert resources(unschedulable.template.containers["helper"]) == {
        "cpu-request": Decimal("0.001"),
        "cpu-limit": Decimal("0.5"),
        "memory-request": 8 * 2**20,
        "memory-limit": 64 * 2**20,
        "ephemeral-storage-request": 3 * 2**20,
        f"{NO_NODE_HAS}-request": 2,
        f"{NO_NODE_HAS}-limit": 2,
    }


@requirement("MC-RES-01")
def test_each_container_keeps_its_own_resources(service: Service) -> None:
    """Requests and limits are neither added up nor copied."""
    containers = service.template.containers
    assert (containers["app"]["resources"], containers["helper"]["resources"]) == (SMALL, BIG)
    assert containers["second"]["resources"] == UNLIMITED
