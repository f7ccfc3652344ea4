"""A sidecar that crashes after its Service was Ready, and recovers."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Resource, Service, Stored, serving, sidecar, variable_from

WELL = {"code": "", "after": ""}
CRASHING = {"code": "3", "after": "2"}


@pytest.fixture(scope="module")
def switch(stored: Stored) -> str:
    """A ConfigMap that tells the sidecar whether to exit, with which code, how many seconds after its start."""
    return stored.config_map(**WELL)


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored, switch: str) -> Service:
    """A Service that was Ready, and whose sidecar crashes ever since."""
    variables = [
        variable_from(switch, key, name=name) for key, name in (("code", "EXIT_CODE"), ("after", "EXIT_AFTER"))
    ]
    service = deploy(serving("app"), sidecar("helper").with_variables(*variables))
    stored.change(switch, **CRASHING)
    service.container("helper").send("POST", "/exit", {"code": "3"})
    return service


@requirement("MC-STA-14")
def test_a_crash_after_ready_is_told(service: Service) -> None:
    """While no pod is available the Revision tells the exit code, and the Service is not Ready."""
    unhealthy = service.wait_revision(_is_unhealthy, expect="ContainerHealthy=False", within=service.timeouts.failure)
    assert unhealthy.condition("ContainerHealthy").reason == "ExitCode3"
    failed = service.wait_until(
        lambda seen: seen.condition("ConfigurationsReady").status == "False", expect="ConfigurationsReady=False"
    )
    assert failed.condition("ConfigurationsReady").reason == "RevisionFailed"
    assert failed.condition("Ready").status == "False"


@requirement("MC-STA-07")
def test_a_sidecar_that_recovers_makes_its_revision_healthy_again(
    service: Service, stored: Stored, switch: str, expected: str
) -> None:
    """Once the pod is ready and answers, the Revision says so, unless its release is known not to."""
    service.wait_revision(_is_unhealthy, expect="ContainerHealthy=False", within=service.timeouts.failure)
    service.wait_for(lambda: _running(service), lambda names: "helper" not in names, expect="the sidecar to be down")
    stored.change(switch, **WELL)
    service.wait_for(
        lambda: service.get("/").status,
        lambda status: status == 200,
        expect="an answer through the sidecar, which is started again",
        within=service.timeouts.failure,
    )
    service.wait_revision(lambda seen: _healthy(seen) == expected, expect=f"ContainerHealthy={expected}")
    service.assert_stays(lambda: _healthy(service.latest), lambda status: status == expected, expect="that it stays so")


def _running(service: Service) -> set[str]:
    return {name for pod in service.pods() for name in pod.running()}


def _healthy(revision: Resource) -> str:
    return revision.condition("ContainerHealthy").status


def _is_unhealthy(revision: Resource) -> bool:
    return _healthy(revision) == "False"
