"""A Service at zero whose sidecar can't start any more when the next request comes."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import FAST_SCALING, Deploy, Stored, serving, sidecar, variable_from


@requirement("MC-ASC-10")
def test_no_request_is_sent_to_a_pod_whose_sidecar_crashes(deploy: Deploy, stored: Stored) -> None:
    """A pod that was started for a request, and that Kubernetes holds not ready, does not get the request."""
    exit_code = stored.config_map(code="")
    helper = sidecar("helper").with_variables(variable_from(exit_code, "code", name="EXIT_CODE"))
    service = deploy(serving("app"), helper, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    stored.change(exit_code, code="3")
    service.send_in_background("/")
    service.wait_for(
        lambda: [pod.restarts() for pod in service.pods() if not pod.ready and "helper" not in pod.running()],
        lambda crashed: any(restarts.get("helper", 0) > 0 for restarts in crashed),
        expect="a pod that is not ready, since its sidecar crashes",
    )
    answer = service.get("/identity")
    assert answer.headers.get("instrument-container") != "app", f"the serving container got it, and answered {answer}"
