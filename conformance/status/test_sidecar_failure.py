"""Failure of a sidecar: the Service says so, and what is at fault."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SHORT_PROGRESS_DEADLINE, Deploy, Facts, Resource, serving, sidecar

LAST_WORDS = "the sidecar gives up"

# Kubernetes may see a container that crashes at once as running, and the pod as ready, for a moment; with a serving
# container that does not listen yet, that moment can't make the Service Ready.
LATE = serving("app", env={"LISTEN_AFTER": "600"})


@requirement("MC-STA-02")
def test_a_sidecar_image_that_cant_be_resolved_is_named(deploy_once: Deploy, facts: Facts) -> None:
    """Revision and Service fail at once, and no pod is made."""
    image = facts.missing_image
    service = deploy_once(serving("app"), sidecar("helper", image=image), ready=False)
    failed = service.wait_until(
        lambda seen: seen.condition("ConfigurationsReady").status == "False", expect="a failure"
    )
    assert f'Unable to fetch image "{image}"' in failed.condition("ConfigurationsReady").message
    healthy = service.latest.condition("ContainerHealthy")
    assert (healthy.status, healthy.reason) == ("False", "ContainerMissing")
    assert service.all_pods() == []


@requirement("MC-STA-04")
def test_a_sidecar_that_crashes_at_its_start_fails_the_service(deploy_once: Deploy) -> None:
    """The Revision tells its exit code and last words, and the Service is not Ready."""
    crashing = sidecar("helper", env={"EXIT_CODE": "3", "EXIT_MESSAGE": LAST_WORDS})
    service = deploy_once(LATE, crashing, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    healthy = service.wait_revision(_is_unhealthy, expect="ContainerHealthy=False").condition("ContainerHealthy")
    assert healthy.reason == "ExitCode3"
    assert LAST_WORDS in healthy.message
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")


@requirement("MC-STA-04")
def test_a_sidecar_that_cant_start_keeps_the_service_from_ready(deploy_once: Deploy) -> None:
    """The serving container is well, and the Service is not Ready all the same."""
    service = deploy_once(
        serving("app"), sidecar("helper", command=["/absent"]), annotations=SHORT_PROGRESS_DEADLINE, ready=False
    )
    service.wait_running("app")
    service.assert_stays_unready()
    service.wait_until(
        lambda seen: seen.condition("Ready").status == "False", expect="Ready=False", within=service.timeouts.failure
    )


@requirement("MC-STA-05")
def test_a_sidecar_that_ends_at_its_start_fails_the_service(deploy_once: Deploy) -> None:
    """An exit without error is a failure all the same."""
    service = deploy_once(
        LATE, sidecar("helper", env={"EXIT_CODE": "0"}), annotations=SHORT_PROGRESS_DEADLINE, ready=False
    )
    healthy = service.wait_revision(_is_unhealthy, expect="ContainerHealthy=False").condition("ContainerHealthy")
    assert healthy.reason == "ExitCode0"
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")


def _is_unhealthy(revision: Resource) -> bool:
    return revision.condition("ContainerHealthy").status == "False"
