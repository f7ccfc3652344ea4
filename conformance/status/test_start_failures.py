"""The status of a Service with a container, or a pod, that can't be started."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar


@requirement("MC-STA-04")
def test_a_sidecar_that_cant_start_keeps_the_service_unready(deploy_once: Deploy) -> None:
    """Although the serving container is healthy."""
    absent = sidecar("helper", command=["/absent"])
    service = deploy_once(serving("app"), absent, fails_soon=True, ready=False)
    service.wait_running("app")
    service.assert_stays_unready()
    service.wait_condition("Ready", "False", within=service.timeouts.failure)


@requirement("MC-STA-10")
def test_a_pod_that_kubernetes_rejects_fails_the_service(deploy: Deploy) -> None:
    """Here for the name of a container that Knative accepts and Kubernetes does not."""
    service = deploy(serving("app"), sidecar("Bad_Name"), fails_soon=True, ready=False)
    service.wait_condition("Ready", "False")
