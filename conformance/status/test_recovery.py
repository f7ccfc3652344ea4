"""The status of a Service whose sidecar crashes after the Service was Ready, and recovers."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, Stored, serving, sidecar, variable_from

RUNNING = {"code": "", "after": ""}
CRASHING = {"code": "3", "after": "2"}


@pytest.fixture(scope="module")
def switch(stored: Stored) -> str:
    """A ConfigMap that says whether the sidecar exits: with which code, how many seconds after its start."""
    return stored.config_map(**RUNNING)


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored, switch: str) -> Service:
    """A Service that was Ready, and whose sidecar has been crashing since."""
    variables = [
        variable_from(switch, key, name=name) for key, name in (("code", "EXIT_CODE"), ("after", "EXIT_AFTER"))
    ]
    service = deploy(serving("app"), sidecar("helper").with_variables(*variables))
    stored.change(switch, **CRASHING)
    service.container("helper").send("POST", "/exit", {"code": "3"})
    return service


@requirement("MC-STA-14")
def test_a_crash_after_ready_is_reported(service: Service) -> None:
    """While no pod is available the Revision has the exit code, and the Service is not Ready."""
    service.wait_revision_condition("ContainerHealthy", "False", reason="ExitCode3", within=service.timeouts.failure)
    failed = service.wait_condition("ConfigurationsReady", "False")
    assert failed.condition("ConfigurationsReady").reason == "RevisionFailed"
    assert failed.condition("Ready").status == "False"


@requirement("MC-STA-07")
def test_a_sidecar_that_recovers_makes_its_revision_healthy_again(
    service: Service, stored: Stored, switch: str, expected: str
) -> None:
    """Once the pod is ready and answers, the Revision says so, unless its release is known not to."""
    service.wait_revision_condition("ContainerHealthy", "False", within=service.timeouts.failure)
    service.wait_for(lambda: _running(service), lambda names: "helper" not in names, expect="the sidecar to be down")
    stored.change(switch, **RUNNING)
    service.wait_for(
        lambda: service.get("/").status,
        lambda status: status == 200,
        expect="an answer through the sidecar, which is started again",
        within=service.timeouts.failure,
    )
    service.wait_revision_condition("ContainerHealthy", expected)
    service.assert_stays(
        lambda: service.latest.condition("ContainerHealthy").status,
        lambda status: status == expected,
        expect=f"ContainerHealthy={expected}",
    )


def _running(service: Service) -> set[str]:
    return {name for pod in service.pods() for name in pod.running()}
