"""A WebSocket that is open when its pod is deleted.

Through the activator, and past it, at the same time, so that the waits overlap.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, Way, serving, sidecar

TIMEOUT_SECONDS = 90
"""timeoutSeconds of the Service, and so the grace period of its pod: longer than the drain and the minute that the
serving container goes on running after SIGTERM."""

Open = tuple[Service, Callable[[str], str], Future[str]]
"""A Service whose pod was deleted, what sends a message and waits for it, and the sidecar's log to its end."""


@pytest.fixture(scope="module")
def open_sockets(deploy: Deploy) -> Iterator[Mapping[Way, Open]]:
    """A WebSocket for each way, open when its pod is deleted."""
    app = serving("app", env={"TERM_DELAY": "60"})
    services = {
        way: deploy(app, sidecar("helper"), timeout_seconds=TIMEOUT_SECONDS, way=way, ready=False) for way in Way
    }
    with ExitStack() as sockets:
        found = {}
        for way, service in services.items():
            pod = service.wait_ready().pod
            socket = sockets.enter_context(service.websocket("/ws"))
            found[way] = service, socket.echo, service.log_to_its_end(pod, "helper")
            assert socket.echo("before") == "before"
            service.delete_pod(pod)
        yield found


@requirement("MC-LIF-10")
def test_an_open_websocket_outlives_the_drain(open_sockets: Mapping[Way, Open], way: Way) -> None:
    """When the sidecar got SIGTERM, and has ended, messages to the serving container still pass."""
    service, echo, log = open_sockets[way]
    assert '"signal":"terminated"' in log.result()
    service.assert_stays(lambda: echo("still"), lambda text: text == "still", expect="messages pass")
