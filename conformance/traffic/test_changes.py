"""Changes of a Service's containers: each creates a revision with exactly these containers."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, order_of, serving, sidecar


@requirement("MC-TRF-06")
def test_a_service_goes_from_one_container_to_several_and_back(deploy_once: Deploy) -> None:
    """Each step is Ready, with the containers that it declares."""
    service = deploy_once(serving("app"))
    assert order_of(service.template.containers, ["app", "helper"]) == ["app"]
    service.update(serving("app"), sidecar("helper", env={"RESPONSE": "old"}))
    assert order_of(service.template.containers, ["app", "helper"]) == ["app", "helper"]
    service.wait_body("old")
    service.update(serving("app"))
    assert order_of(service.template.containers, ["app", "helper"]) == ["app"]


@requirement("MC-TRF-07")
def test_sidecars_can_be_added_reordered_and_removed(deploy_once: Deploy) -> None:
    """Every change creates a revision whose pod has the sidecars in that order."""
    app, first, second = serving("app"), sidecar("first"), sidecar("second", listen=8883)
    service = deploy_once(app, first)
    for containers in ([app, first, second], [second, first, app], [second, app]):
        before = service.latest.name
        service.update(*containers)
        assert service.latest.name != before
        names = [container.name for container in containers]
        assert order_of(service.template.containers, ["app", "first", "second"]) == names
