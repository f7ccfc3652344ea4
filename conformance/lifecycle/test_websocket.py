"""A WebSocket that is open when its pod is deleted."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar

TIMEOUT_SECONDS = 90
"""timeoutSeconds of the Service, and so the grace period of its pod: longer than the drain and the minute that the
serving container goes on running after SIGTERM."""


@requirement("MC-LIF-10")
def test_an_open_websocket_outlives_the_drain(deploy: Deploy) -> None:
    """When the sidecar got SIGTERM, and has ended, messages to the serving container still pass."""
    service = deploy(serving("app", env={"TERM_DELAY": "60"}), sidecar("helper"), timeout_seconds=TIMEOUT_SECONDS)
    pod = service.pod
    with service.websocket("/ws") as socket:
        assert socket.echo("before") == "before"
        log = service.follow_log(pod, "helper")
        service.delete_pod(pod)
        assert '"signal":"terminated"' in log.text()
        service.assert_stays(lambda: socket.echo("still"), lambda text: text == "still", expect="messages pass")
