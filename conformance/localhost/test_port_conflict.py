"""Two containers, one port: a pod has one network, so only one of them can listen."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SERVING_PORT, SHORT_PROGRESS_DEADLINE, Deploy, serving, sidecar

QUEUE_PROXY_PORT = 8012


@requirement("MC-LOC-07")
def test_a_sidecar_on_the_serving_containers_port_fails_the_service(deploy_once: Deploy) -> None:
    """The sidecar finds the port taken and ends, again and again, and the Revision tells its last words."""
    clashing = sidecar("helper", listen=SERVING_PORT, env={"LISTEN_AFTER": "2"})
    service = deploy_once(serving("app"), clashing, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    failed = service.wait_revision(
        lambda seen: seen.condition("ContainerHealthy").status == "False",
        expect="ContainerHealthy=False",
        within=service.timeouts.failure,
    )
    healthy = failed.condition("ContainerHealthy")
    assert (healthy.reason, "address already in use" in healthy.message) == ("ExitCode1", True)
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")


@requirement("MC-LOC-08")
def test_a_sidecar_may_listen_on_any_port(deploy_once: Deploy) -> None:
    """Also on one that the platform's own proxy uses upstream; requests still reach the serving container."""
    service = deploy_once(
        serving("app", env={"FORWARD_PORT": str(QUEUE_PROXY_PORT)}),
        sidecar("helper", listen=QUEUE_PROXY_PORT),
        annotations=SHORT_PROGRESS_DEADLINE,
    )
    assert service.ask("/identity")["container"] == "app"
    service.wait_body("/", "Yay!! multi-container works")
