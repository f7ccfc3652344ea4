"""Initial and maximum scale: how many pods there are at first, and at most."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import INITIAL_SCALE, MAX_SCALE, MIN_SCALE, PAIR, Deploy

TIMEOUT_SECONDS = 60
"""timeoutSeconds of the Service. Replicas without demand are removed as soon as all were there; with this grace period
they can still be seen while they end."""


@requirement("MC-ASC-07")
def test_a_service_starts_with_its_initial_scale(deploy: Deploy) -> None:
    """When it becomes Ready, so many pods have started, each with all its containers."""
    annotations = {INITIAL_SCALE: "3", MAX_SCALE: "3"}
    service = deploy(*PAIR, annotations=annotations, timeout_seconds=TIMEOUT_SECONDS, ready=False)
    service.wait_condition("Ready", "True", within=service.timeouts.service_ready)
    complete = [pod.name for pod in service.all_pods() if {"app", "helper"} <= pod.running()]
    assert len(complete) == 3


@requirement("MC-ASC-08")
def test_max_scale_is_not_exceeded(deploy: Deploy) -> None:
    """Demand for eight pods brings the two that are allowed, and no more."""
    service = deploy(*PAIR, annotations={MIN_SCALE: "1", MAX_SCALE: "2"}, fields={"containerConcurrency": 1})
    with service.load("/slow?seconds=1", at_once=8):
        service.wait_pods(2, within=service.timeouts.scale_up)
        service.assert_stays(lambda: len(service.pods()), lambda count: count <= 2, expect="no more than two pods")
