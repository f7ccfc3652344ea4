"""Restarts: a sidecar that exits is started again, alone."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, PAIR, Deploy


@requirement("MC-LIF-07")
@pytest.mark.parametrize("code", ["0", "3"])
def test_a_sidecar_that_exits_is_restarted_alone(deploy: Deploy, code: str) -> None:
    """Whatever its exit code is, the other containers go on running."""
    service = deploy(*PAIR)
    before = service.pod.restarts()
    service.container("helper").send("POST", "/exit", {"code": code})
    pod = service.wait_restarted("helper")
    assert pod.restarts() == {**before, "helper": 1}
    assert str(pod.last_termination("helper")["exitCode"]) == code
    service.wait_body(GREETING)
