"""A WebSocket that is open when its pod is deleted."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar

GRACE = 90


@requirement("MC-LIF-10")
def test_a_websocket_outlives_the_draining_of_its_pod(deploy: Deploy) -> None:
    """When the sidecar was told to end, and has ended, messages to the serving container still pass."""
    service = deploy(serving("app", env={"TERM_DELAY": "60"}), sidecar("helper"), timeout_seconds=GRACE)
    pod = service.pod
    with service.websocket("/ws") as socket:
        assert socket.echo("before") == "before"
        sidecars_log = service.follow_log(pod, "helper")
        service.delete_pod(pod)
        assert '"signal":"terminated"' in sidecars_log.text()
        service.assert_stays(lambda: socket.echo("still"), lambda text: text == "still", expect="messages pass")
