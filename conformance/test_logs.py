"""Logs: what a container that failed has written is not lost."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar

LAST_WORDS = "the sidecar ends for a reason"


@requirement("MC-LOG-02")
def test_the_output_of_a_sidecar_that_failed_is_kept(deploy: Deploy) -> None:
    """Its log can be read after the restart, and its last words are in the pod's status."""
    service = deploy(serving("app"), sidecar("helper"))
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
