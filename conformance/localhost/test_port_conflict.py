"""Ports that two containers of a pod listen on: they share one network, so only one of them can."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, SERVING_PORT, Deploy, serving, sidecar

QUEUE_PROXY_PORT = 8012
"""A port that queue-proxy listens on upstream."""


@requirement("MC-LOC-07")
def test_a_sidecar_on_the_serving_containers_port_fails_the_service(deploy_once: Deploy) -> None:
    """The sidecar finds the port in use and exits, and the Revision reports its last words."""
    clashing = sidecar("helper", listen=SERVING_PORT, env={"LISTEN_AFTER": "2"})
    service = deploy_once(serving("app"), clashing, fails_soon=True, ready=False)
    failed = service.wait_revision_condition("ContainerHealthy", "False", within=service.timeouts.failure)
    healthy = failed.condition("ContainerHealthy")
    assert (healthy.reason, "address already in use" in healthy.message) == ("ExitCode1", True)
    service.wait_condition("Ready", "False")


@requirement("MC-LOC-08")
def test_a_sidecar_may_listen_on_any_port(deploy_once: Deploy) -> None:
    """Even on one of queue-proxy's; requests still reach the serving container."""
    service = deploy_once(
        serving("app", env={"FORWARD_PORT": str(QUEUE_PROXY_PORT)}),
        sidecar("helper", listen=QUEUE_PROXY_PORT),
    )
    assert service.ask("/identity")["container"] == "app"
    service.wait_body(GREETING)
