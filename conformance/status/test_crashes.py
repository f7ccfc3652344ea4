"""The status of a Service whose sidecar crashes, or exits, at its start."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar

NOT_LISTENING = serving("app", env={"LISTEN_AFTER": "600"})
"""A serving container that does not listen while the test runs. Kubernetes may see a container that crashes at once as
running, and the pod as ready, for a moment: with this serving container, that can't make the Service Ready."""


@requirement("MC-STA-04")
def test_a_sidecar_that_crashes_at_its_start_fails_the_service(deploy_once: Deploy) -> None:
    """The Revision reports its exit code and last words, and the Service is not Ready."""
    crashing = sidecar("helper", env={"EXIT_CODE": "3", "EXIT_MESSAGE": "the sidecar gives up"})
    service = deploy_once(NOT_LISTENING, crashing, fails_soon=True, ready=False)
    failed = service.wait_revision_condition("ContainerHealthy", "False", reason="ExitCode3")
    assert "the sidecar gives up" in failed.condition("ContainerHealthy").message
    service.wait_condition("Ready", "False")


@requirement("MC-STA-16")
def test_the_container_that_failed_is_named(deploy_once: Deploy) -> None:
    """Beside its last words, in which it does not name itself."""
    crashing = sidecar("culprit", env={"EXIT_CODE": "3", "EXIT_MESSAGE": "no more"})
    service = deploy_once(NOT_LISTENING, crashing, fails_soon=True, ready=False)
    failed = service.wait_revision_condition("ContainerHealthy", "False", reason="ExitCode3")
    message = failed.condition("ContainerHealthy").message
    assert "culprit" in message, f"the Revision reports: {message}"


@requirement("MC-STA-18")
def test_a_sidecar_that_crashes_soon_never_makes_its_service_ready(deploy_once: Deploy) -> None:
    """It exits ten seconds after each start: time enough for its pod to pass for healthy, on a busy node too."""
    crashing = sidecar("helper", env={"EXIT_CODE": "3", "EXIT_AFTER": "10"})
    service = deploy_once(serving("app"), crashing, ready=False)
    service.wait_running("app")
    service.assert_stays_unready()


@requirement("MC-STA-05")
def test_a_sidecar_that_exits_at_its_start_fails_the_service(deploy_once: Deploy) -> None:
    """An exit without error is a failure all the same."""
    exiting = sidecar("helper", env={"EXIT_CODE": "0"})
    service = deploy_once(NOT_LISTENING, exiting, fails_soon=True, ready=False)
    service.wait_revision_condition("ContainerHealthy", "False", reason="ExitCode0")
    service.wait_condition("Ready", "False")


@requirement("MC-STA-06")
def test_every_crashing_container_is_reported(deploy: Deploy) -> None:
    """Two sidecars crash, each with last words of its own."""
    crashing = [
        sidecar(name, listen=port, env={"EXIT_CODE": "3", "EXIT_MESSAGE": f"the {name} sidecar gives up"})
        for name, port in (("second", 8883), ("first", 8882))
    ]
    service = deploy(NOT_LISTENING, *crashing, fails_soon=True, ready=False)
    message = service.wait_revision_condition("ContainerHealthy", "False").condition("ContainerHealthy").message
    reported = [name for name in ("first", "second") if f"the {name} sidecar gives up" in message]
    assert reported == ["first", "second"], f"the Revision reports: {message}"
