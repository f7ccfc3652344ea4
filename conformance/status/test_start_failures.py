"""The status of a Service with a container, or a pod, that can't be started."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy, http_probe, serving, sidecar


@requirement("MC-STA-04")
def test_a_sidecar_that_cant_start_keeps_the_service_unready(deploy_once: Deploy) -> None:
    """Although the serving container is healthy."""
    absent = sidecar("helper", command=["/absent"])
    service = deploy_once(serving("app"), absent, fails_soon=True, ready=False)
    service.wait_running("app")
    service.assert_stays_unready()
    service.wait_condition("Ready", "False", within=service.timeouts.failure)


@requirement("MC-STA-17")
def test_a_failing_init_container_is_reported(deploy: Deploy) -> None:
    """Like every other container, with its exit code, while no pod is available."""
    failing = sidecar("first", args=["healthcheck", "file", "/absent"])
    service = deploy(*PAIR, init_containers=(failing,), fails_soon=True, ready=False)
    service.wait_for(
        lambda: {code for pod in service.pods() for code in pod.init_exit_codes()},
        bool,
        expect="a pod whose init container failed",
    )
    service.wait_revision_condition("ContainerHealthy", "False", reason="ExitCode1")


@requirement("MC-STA-19")
def test_a_startup_probe_without_a_port_is_for_the_serving_port(deploy: Deploy) -> None:
    """As a readiness or liveness probe without a port is."""
    service = deploy(serving("app", startupProbe=http_probe("startup", port=0)), sidecar("helper"), ready=False)
    service.wait_for(service.all_pods, bool, expect="a pod", within=service.timeouts.unready)
    service.wait_ready()


@requirement("MC-STA-10")
def test_a_pod_that_kubernetes_rejects_fails_the_service(deploy: Deploy) -> None:
    """Here for the name of a container that Knative accepts and Kubernetes does not."""
    service = deploy(serving("app"), sidecar("Bad_Name"), fails_soon=True, blocked="is invalid", ready=False)
    service.wait_condition("Ready", "False")
