"""The order in which the containers of a pod start."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar


@requirement("MC-LIF-08")
def test_a_container_starts_when_those_before_it_listen(deploy: Deploy) -> None:
    """The serving container calls the sidecar from its start on, and no call fails."""
    service = deploy(
        sidecar("helper", env={"LISTEN_AFTER": "10"}),
        serving("app", env={"BACKGROUND_CALL": "http://localhost:8882/identity"}),
    )
    calls = service.ask("/background")
    assert (calls["total"] > 0, calls["failed"]) == (True, 0)
