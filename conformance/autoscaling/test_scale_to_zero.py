"""Scale to zero: a pod with sidecars is removed as a whole, and comes back with the first request."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import FAST_SCALING, GREETING, PAIR, Deploy, Service, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A Service that scales to zero as fast as Knative allows."""
    return deploy(*PAIR, annotations=FAST_SCALING)


@pytest.fixture(scope="module")
def noisy(deploy: Deploy) -> Service:
    """The same, with a sidecar that calls the serving container ten times a second."""
    noise = {"BACKGROUND_CALL": "http://localhost:8881/identity", "BACKGROUND_INTERVAL_MS": "100"}
    return deploy(serving("app"), sidecar("helper", env=noise), annotations=FAST_SCALING)


@pytest.mark.usefixtures("noisy")
@requirement("MC-ASC-01")
def test_an_idle_service_scales_to_zero(service: Service) -> None:
    """No replica is wanted and none is left. Both Services are deployed at once, so that their waits overlap."""
    service.wait_scaled_to_zero()
    assert service.deployment().spec["replicas"] == 0
    assert service.pods() == []


@requirement("MC-ASC-02")
def test_calls_over_localhost_do_not_prevent_scale_to_zero(noisy: Service) -> None:
    """They are no requests to the Service."""
    noisy.wait_scaled_to_zero()
    assert noisy.pods() == []


@requirement("MC-ASC-03")
def test_the_first_request_from_zero_is_answered_through_the_sidecar(service: Service) -> None:
    """It is held until the new pod, with all its containers, can answer it."""
    service.wait_scaled_to_zero()
    answer = service.get("/")
    assert (answer.status, answer.body.strip()) == (200, GREETING)
    service.wait_running("app")
    service.wait_running("helper")
