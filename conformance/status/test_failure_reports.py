"""How much a failed Service tells: images that can't be pulled, several crashes, pods that can't be made."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SHORT_PROGRESS_DEADLINE, Deploy, Facts, serving, sidecar

LATE = serving("app", env={"LISTEN_AFTER": "600"})


@requirement("MC-STA-03")
def test_a_sidecar_image_that_cant_be_pulled_is_told(deploy: Deploy, facts: Facts) -> None:
    """When the progress deadline is over, the Revision has the kubelet's reason, and the Service is not Ready."""
    absent = sidecar("helper", image=facts.unpullable_image)
    service = deploy(serving("app"), absent, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    service.wait_revision(
        lambda seen: seen.condition("ResourcesAvailable").reason in ("ErrImagePull", "ImagePullBackOff"),
        expect="ErrImagePull or ImagePullBackOff",
        within=service.timeouts.failure,
    )
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")


@requirement("MC-STA-06")
def test_a_revision_tells_of_every_container_that_crashes(deploy: Deploy) -> None:
    """Two sidecars crash, each with last words of its own."""
    crashing = [
        sidecar(name, listen=port, env={"EXIT_CODE": "3", "EXIT_MESSAGE": f"the {name} sidecar gives up"})
        for name, port in (("second", 8883), ("first", 8882))
    ]
    service = deploy(LATE, *crashing, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    failed = service.wait_revision(
        lambda seen: seen.condition("ContainerHealthy").status == "False", expect="ContainerHealthy=False"
    )
    message = failed.condition("ContainerHealthy").message
    told = [name for name in ("first", "second") if f"the {name} sidecar gives up" in message]
    assert told == ["first", "second"], f"the Revision tells: {message}"


@requirement("MC-STA-10")
def test_a_pod_that_kubernetes_refuses_fails_the_service(deploy: Deploy) -> None:
    """A container's name that admission let pass is found out, and the Service is not Ready."""
    service = deploy(serving("app"), sidecar("Bad_Name"), annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")
