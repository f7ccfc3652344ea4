"""Digests, tags, caching and pull secrets of the images of all containers."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, SERVING, SIDECAR, Deploy, Facts, Service, Stored, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts) -> Service:
    """Images by tag, two containers with the same image."""
    return deploy(
        serving("app", image=facts.tags[SERVING]),
        sidecar("helper", image=facts.tags[SIDECAR]),
        sidecar("second", listen=8883, image=facts.tags[SIDECAR]),
    )


@requirement("MC-IMG-01")
def test_a_tag_is_resolved_for_every_container(service: Service, facts: Facts) -> None:
    """Pods are made with the digests, so that a tag that moves changes nothing in the revision."""
    digests = {"app": facts.images[SERVING], "helper": facts.images[SIDECAR], "second": facts.images[SIDECAR]}
    containers = service.template.containers
    assert {name: containers[name]["image"] for name in digests} == digests
    assert service.latest.image_digests == digests


@requirement("MC-IMG-02")
def test_two_containers_of_one_image_have_an_entry_each(service: Service) -> None:
    """Both name the same digest."""
    digests = service.latest.image_digests
    assert digests["helper"] == digests["second"] != ""


@requirement("MC-IMG-03")
def test_images_of_an_exempt_registry_keep_their_tags(service: Service, facts: Facts) -> None:
    """The status has no digest, and pods are made with the tag."""
    assert set(service.latest.image_digests.values()) == {""}
    assert service.template.containers["helper"]["image"] == facts.tags[SIDECAR]


@requirement("MC-IMG-04")
def test_an_image_digest_is_kept_unchanged(deploy: Deploy, facts: Facts) -> None:
    """It is in the status, and in what pods are made of, as it was sent."""
    service = deploy(serving("app", image=facts.images[SERVING]), sidecar("helper", image=facts.images[SIDECAR]))
    listed = list(service.latest.image_digests.items())
    assert listed == [("app", facts.images[SERVING]), ("helper", facts.images[SIDECAR])]
    assert service.template.containers["helper"]["image"] == facts.images[SIDECAR]


@requirement("MC-IMG-05")
def test_every_image_has_a_caching_image(service: Service) -> None:
    """There is one caching Image for each container, by the revision's and the container's name."""
    revision = service.latest
    names = {f"{revision.name}-cache-{name}": digest for name, digest in revision.image_digests.items()}
    assert service.image_caches() == names


@requirement("MC-IMG-06")
def test_pull_secrets_reach_the_pod(deploy: Deploy, stored: Stored) -> None:
    """All that the Service names, in order, so that they apply to every container's image."""
    secrets = [{"name": stored.secret(first="1")}, {"name": stored.secret(second="2")}]
    service = deploy(*PAIR, fields={"imagePullSecrets": secrets})
    named = [secret for secret in service.template.spec.get("imagePullSecrets", []) if secret in secrets]
    assert named == secrets
