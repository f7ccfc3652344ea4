"""The bounds of scale: how many complete pods there are at first, and at most."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MAX_SCALE, MIN_SCALE, Deploy, serving, sidecar

INITIAL_SCALE = "autoscaling.knative.dev/initial-scale"
LONG_GRACE = 60
"""Replicas that nobody asks for end as soon as all were there; with this grace they are still seen while they do."""


@requirement("MC-ASC-07")
def test_a_service_starts_with_its_initial_scale(deploy: Deploy) -> None:
    """When it becomes Ready, so many pods have come up, each with all its containers."""
    service = deploy(
        serving("app"),
        sidecar("helper"),
        annotations={INITIAL_SCALE: "3"},
        timeout_seconds=LONG_GRACE,
        ready=False,
    )
    service.wait_until(
        lambda seen: seen.condition("Ready").status == "True", expect="Ready", within=service.timeouts.service_ready
    )
    complete = [pod.name for pod in service.all_pods() if {"app", "helper"} <= pod.running()]
    assert len(complete) == 3


@requirement("MC-ASC-08")
def test_a_service_does_not_grow_beyond_its_maximum(deploy: Deploy) -> None:
    """Demand for eight pods brings the two that are allowed, and no more."""
    service = deploy(
        serving("app"),
        sidecar("helper"),
        annotations={MIN_SCALE: "1", MAX_SCALE: "2"},
        fields={"containerConcurrency": 1},
    )
    with service.load("/slow?seconds=1", at_once=8):
        service.wait_pods(2, within=service.timeouts.scale_up)
        service.assert_stays(lambda: len(service.pods()), lambda count: count <= 2, expect="no more than two pods")
