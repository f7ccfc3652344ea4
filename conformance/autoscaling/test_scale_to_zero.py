"""Scale to zero: a pod with sidecars goes as a whole, and comes back with the first request."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import FAST_SCALING, Deploy, Service, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A Service that goes to zero as soon as Knative allows."""
    return deploy(serving("app"), sidecar("helper"), annotations=FAST_SCALING)


@pytest.fixture(scope="module")
def noisy(deploy: Deploy) -> Service:
    """The same, with a sidecar that calls the serving container ten times a second."""
    noise = {"BACKGROUND_CALL": "http://localhost:8881/identity", "BACKGROUND_INTERVAL_MS": "100"}
    return deploy(serving("app"), sidecar("helper", env=noise), annotations=FAST_SCALING)


@requirement("MC-ASC-01")
def test_an_idle_service_scales_to_zero(service: Service, noisy: Service) -> None:
    """No replica is wanted and none is left; both Services are there from the start, so that their waits overlap."""
    assert noisy.name != service.name
    service.wait_scaled_to_zero()
    assert service.deployment().spec["replicas"] == 0
    assert service.pods() == []


@requirement("MC-ASC-02")
def test_a_noisy_sidecar_does_not_keep_its_service_up(noisy: Service) -> None:
    """Calls over localhost are no requests to the Service."""
    noisy.wait_scaled_to_zero()
    assert noisy.pods() == []


@requirement("MC-ASC-03")
def test_the_first_request_from_zero_is_answered_through_the_sidecar(service: Service) -> None:
    """It is held until the new pod, with all its containers, can answer it."""
    service.wait_scaled_to_zero()
    answer = service.get("/")
    assert (answer.status, answer.body.strip()) == (200, "Yay!! multi-container works")
    service.wait_running("app")
    service.wait_running("helper")
