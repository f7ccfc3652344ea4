"""What containers write: each to a log of its own, which is kept when they fail."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, serving, sidecar

LAST_WORDS = "the sidecar ends for a reason"


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A serving container and a sidecar."""
    return deploy(serving("app"), sidecar("helper"))


@requirement("MC-LOG-02")
def test_the_output_of_a_sidecar_that_failed_is_kept(service: Service) -> None:
    """Its log can be read after the restart, and its last words are in the pod's status."""
    service.container("helper").send("POST", "/log", {"line": "before the end"})
    service.container("helper").send("POST", "/exit", {"code": "3", "message": LAST_WORDS})
    service.wait_for(
        lambda: [pod for pod in service.pods() if pod.ready and pod.restarts()["helper"] == 1],
        lambda pods: len(pods) == 1,
        expect="a ready pod with a restarted sidecar",
        show=len,
    )
    log = service.last_log("helper")
    assert ("before the end" in log, LAST_WORDS in log) == (True, True)
    assert LAST_WORDS in service.pod.last_termination("helper").get("message", "")


@requirement("MC-LOG-01")
def test_each_containers_output_is_its_own(service: Service) -> None:
    """A line that one container writes is in its log, and in no other."""
    service.container("helper").send("POST", "/log", {"line": "from the helper"})
    service.container("app").send("POST", "/log", {"line": "from the app"})
    service.wait_logged("helper", "from the helper")
    service.wait_logged("app", "from the app")
    assert "from the helper" not in service.log("app")
    assert "from the app" not in service.log("helper")
