"""Restarts: a sidecar that ends is started again, by itself."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar


@requirement("MC-LIF-07")
@pytest.mark.parametrize("code", ["0", "3"])
def test_a_sidecar_that_exits_is_restarted_alone(deploy: Deploy, code: str) -> None:
    """Whatever its exit code, and the other containers are left as they are."""
    service = deploy(serving("app"), sidecar("helper"))
    before = service.pod.restarts()
    service.container("helper").send("POST", "/exit", {"code": code})
    pod = service.wait_for(
        lambda: service.pods()[0],
        lambda pod: pod.restarts()["helper"] == 1,
        expect="a restart of the sidecar",
        show=str,
    )
    assert {**pod.restarts(), "helper": 0} == before
    assert str(pod.last_termination("helper")["exitCode"]) == code
    service.wait_body("/", "Yay!! multi-container works")
