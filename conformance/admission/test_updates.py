"""Admission of updates: of a Service that runs, and of its Revision."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, serving, sidecar

CONTAINERS = "spec.template.spec.containers"


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A Service that is Ready; no test changes it."""
    return deploy(serving("app"), sidecar("helper"))


@requirement("MC-ADM-39")
def test_an_update_is_validated_as_a_creation_is(service: Service) -> None:
    """A refused update leaves the Service as it was, and makes no revision."""
    before = service.object.generation
    second_port = [{"op": "add", "path": "/spec/template/spec/containers/1/ports", "value": [{"containerPort": 8882}]}]
    refusal = service.patch_refused(second_port)
    assert f"more than one container port is set: {CONTAINERS}[*].ports" in refusal
    service.patch([{"op": "add", "path": "/metadata/annotations/kmc.dev~1twin", "value": "accepted"}])
    assert service.object.generation == before
    assert len(service.revisions()) == 1


@requirement("MC-ADM-40")
@pytest.mark.parametrize("place", [0, 1])
def test_a_revision_cant_be_changed(service: Service, place: int) -> None:
    """Not in its serving container, and not in a sidecar; what is no part of its spec can be changed."""
    before = service.latest.generation
    change = [{"op": "add", "path": f"/spec/containers/{place}/workingDir", "value": "/elsewhere"}]
    assert "Immutable fields changed (-old +new): spec" in service.patch_revision_refused(change)
    service.patch_revision([{"op": "add", "path": "/metadata/annotations/kmc.dev~1twin", "value": "accepted"}])
    assert service.latest.generation == before
