"""A Service at zero whose sidecar can't start any more when the next request comes."""

from fixtures.deploy import Deploy
from fixtures.manifest import FAST_SCALING, serving, sidecar, variable_from
from fixtures.requirements import requirement
from fixtures.stored import Stored


@requirement("MC-ASC-10")
def test_no_request_is_passed_to_a_pod_whose_sidecar_crashes(deploy: Deploy, stored: Stored) -> None:
    """A pod that was started for a request, and that Kubernetes holds not ready, does not get the request."""
    switch = stored.config_map(code="")
    helper = sidecar("helper").with_variables(variable_from(switch, "code", name="EXIT_CODE"))
    service = deploy(serving("app"), helper, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    stored.change(switch, code="3")
    service.send_in_background("/")
    service.wait_for(
        lambda: [pod.restarts() for pod in service.pods() if not pod.ready and "helper" not in pod.running()],
        lambda crashed: any(restarts.get("helper", 0) > 0 for restarts in crashed),
        expect="a pod that is not ready, since its sidecar crashes",
    )
    answer = service.get("/identity")
    assert answer.headers.get("instrument-container") != "app", f"it was passed on, and answered {answer}"
