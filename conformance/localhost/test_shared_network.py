"""What else the containers of a pod share: host name, address, raw TCP, UNIX sockets."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy, Service, mount, serving, sidecar

SOCKET = "/shared/socket"


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A serving container that takes one request at a time, and a sidecar."""
    return deploy(*PAIR, fields={"containerConcurrency": 1})


@pytest.fixture(scope="module")
def sockets(deploy: Deploy) -> Service:
    """A sidecar that listens on a raw TCP port and on a UNIX socket in a shared volume."""
    shared = [mount("shared", "/shared")]
    return deploy(
        serving("app", volumeMounts=shared),
        sidecar("helper", env={"TCP_PORT": "9000", "UNIX_SOCKET": SOCKET}, volumeMounts=shared),
        volumes=[{"name": "shared", "emptyDir": {}}],
    )


@requirement("MC-LOC-05")
def test_all_containers_have_the_pods_name_and_address(service: Service) -> None:
    """Each of them sees the same host name and addresses, and they are the pod's."""
    app, helper = service.container("app").identity(), service.container("helper").identity()
    assert (app["pod"], app["addresses"]) == (helper["pod"], helper["addresses"])
    pod = service.pod
    assert (app["pod"], pod.status["podIP"] in app["addresses"]) == (pod.name, True)


@requirement("MC-LOC-06")
def test_raw_tcp_passes_between_containers(sockets: Service) -> None:
    """Bytes that are not HTTP come back as they were sent."""
    answer = sockets.ask("/call", url="tcp://127.0.0.1:9000", body="neither HTTP nor lines \x00\x01")
    assert answer["body"] == "neither HTTP nor lines \x00\x01"


@requirement("MC-LOC-06")
def test_a_unix_socket_in_a_shared_volume_connects_containers(sockets: Service) -> None:
    """The serving container reaches the sidecar through it."""
    answer = sockets.ask("/call", url="http://beside/identity", socket=SOCKET)
    assert (answer["status"], '"container":"helper"' in answer["body"]) == (200, True)


@requirement("MC-LOC-09")
def test_calls_over_localhost_do_not_count_as_requests(service: Service) -> None:
    """With a limit of one, the sidecar can call the serving container back while the request is in flight."""
    back = "http://127.0.0.1:8882/call?url=http://127.0.0.1:8881/identity"
    answer = service.ask("/call", url=back)
    assert (answer["status"], "app" in answer["body"]) == (200, True)
