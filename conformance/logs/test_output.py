"""What containers write: each to a log of its own, which is kept when they fail."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy, Service

LAST_WORDS = "the sidecar exits with a reason"


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A serving container and a sidecar."""
    return deploy(*PAIR)


@requirement("MC-LOG-01")
def test_each_container_has_its_own_log(service: Service) -> None:
    """A line that one container writes is in its log, and in no other."""
    for name in ("app", "helper"):
        service.container(name).send("POST", "/log", {"line": f"from the {name}"})
        _wait_logged(service, name, f"from the {name}")
    assert "from the helper" not in service.log("app")
    assert "from the app" not in service.log("helper")


@requirement("MC-LOG-02")
def test_the_log_of_a_failed_sidecar_is_kept(service: Service) -> None:
    """It can be read after the restart, and the last words are in the pod's status."""
    log = service.log_of_failure("helper", lambda: _fail(service))
    assert ("before the end" in log, LAST_WORDS in log) == (True, True)
    assert LAST_WORDS in service.pod.last_termination("helper").get("message", "")


def _fail(service: Service) -> None:
    helper = service.container("helper")
    helper.send("POST", "/log", {"line": "before the end"})
    helper.send("POST", "/exit", {"code": "3", "message": LAST_WORDS})


def _wait_logged(service: Service, container: str, text: str) -> None:
    service.wait_for(
        lambda: service.log(container), lambda log: text in log, expect=f"{text!r} in the log of {container}"
    )
