"""The multi-container example that Knative publishes, to the letter."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import QUEUE_PROXY, Deploy, Service, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Service `multi-container`: the serving container declares 8881, the sidecar nothing."""
    return deploy(serving("servingcontainer", port=8881), sidecar("sidecarcontainer"), name="multi-container")


@requirement("MC-LOC-01")
def test_the_example_answers_through_its_sidecar(service: Service) -> None:
    """The serving container passes on what the sidecar answers on 127.0.0.1:8882."""
    answer = service.get("/")
    assert (answer.status, answer.body.strip()) == (200, "Yay!! multi-container works")


@requirement("MC-POD-01")
def test_the_examples_pod_runs_both_containers_and_the_proxy(service: Service) -> None:
    """All containers of the pod are ready: 3/3 where nothing else is injected."""
    pod = service.pod
    assert {"servingcontainer", "sidecarcontainer", QUEUE_PROXY} <= pod.running()
    assert pod.running() == set(pod.containers)
