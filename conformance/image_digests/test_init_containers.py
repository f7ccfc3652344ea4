"""Digests of the images of init containers."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, SIDECAR, Deploy, Facts, Service, sidecar

ENDS_WELL = ["healthcheck", "file", "/ko-app/sidecarcontainer"]
"""Arguments of an init container that has nothing to do: it looks for its own program, and ends without error."""


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts) -> Service:
    """An init container whose image is given by tag."""
    first = sidecar("first", image=facts.tags[SIDECAR], args=ENDS_WELL)
    return deploy(*PAIR, init_containers=(first,))


@requirement("MC-IMG-08")
def test_the_tag_of_an_init_container_is_resolved(service: Service, facts: Facts) -> None:
    """So that a tag that moves changes nothing in the revision."""
    assert service.template.init_containers["first"]["image"] == facts.images[SIDECAR]


@requirement("MC-IMG-09")
def test_the_digest_of_an_init_container_is_in_the_status(service: Service, facts: Facts) -> None:
    """Beside those of the containers, and with a caching Image of its own."""
    revision = service.latest
    assert revision.init_image_digests == {"first": facts.images[SIDECAR]}
    assert service.image_caches()[f"{revision.name}-cache-first"] == facts.images[SIDECAR]
