"""Admission of updates: of a Service that runs, and of its Revision."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, SECOND_PORT, Admission, Deploy, Service

ANNOTATE = [{"op": "add", "path": "/metadata/annotations/kmc.dev~1control", "value": "accepted"}]
"""A change that is allowed: it is no change of the spec."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A Service that is Ready; no change of it is stored."""
    return deploy(*PAIR)


@requirement("MC-ADM-39")
def test_updates_are_validated_like_creations(service: Service, admission: Admission) -> None:
    """A refused update leaves the Service as it was, and makes no revision."""
    before = service.object
    second_port = [{"op": "add", "path": "/spec/template/spec/containers/1/ports", "value": [{"containerPort": 8882}]}]
    admission.assert_update_refused(before, second_port, because=SECOND_PORT, control=ANNOTATE)
    assert service.object.generation == before.generation
    assert len(service.revisions()) == 1


@requirement("MC-ADM-40")
@pytest.mark.parametrize("place", [0, 1])
def test_the_spec_of_a_revision_is_immutable(service: Service, admission: Admission, place: int) -> None:
    """Neither its serving container nor a sidecar can be changed; its annotations can."""
    before = service.latest
    change = [{"op": "add", "path": f"/spec/containers/{place}/workingDir", "value": "/elsewhere"}]
    because = "Immutable fields changed (-old +new): spec"
    admission.assert_update_refused(before, change, because=because, control=ANNOTATE)
    assert service.latest.generation == before.generation
