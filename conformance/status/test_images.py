"""The status of a Service whose sidecar's image can't be resolved or pulled."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Facts, serving, sidecar


@requirement("MC-STA-02")
def test_a_sidecar_image_that_cant_be_resolved_is_reported(deploy_once: Deploy, facts: Facts) -> None:
    """Revision and Service fail at once, and no pod is created."""
    image = facts.missing_image
    service = deploy_once(serving("app"), sidecar("helper", image=image), ready=False)
    failed = service.wait_condition("ConfigurationsReady", "False")
    assert f'Unable to fetch image "{image}"' in failed.condition("ConfigurationsReady").message
    healthy = service.latest.condition("ContainerHealthy")
    assert (healthy.status, healthy.reason) == ("False", "ContainerMissing")
    assert service.all_pods() == []


@requirement("MC-STA-03")
def test_a_sidecar_image_that_cant_be_pulled_is_reported(deploy: Deploy, facts: Facts) -> None:
    """When the progress deadline is over, the Revision has the kubelet's reason, and the Service is not Ready."""
    absent = sidecar("helper", image=facts.unpullable_image)
    service = deploy(serving("app"), absent, fails_soon=True, ready=False)
    service.wait_revision(
        lambda seen: seen.condition("ResourcesAvailable").reason in ("ErrImagePull", "ImagePullBackOff"),
        expect="ErrImagePull or ImagePullBackOff",
        within=service.timeouts.failure,
    )
    service.wait_condition("Ready", "False")
