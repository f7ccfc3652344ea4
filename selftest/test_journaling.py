from types import SimpleNamespace
from typing import Any

from kmc.fixtures.requirements import load
from kmc.fixtures.run.journaling import images, published_sets
from kmc.fixtures.service.manifest import Spec, serving, sidecar
from kmc.fixtures.target.images import SERVING, SIDECAR
from kmc.reports.records import Image

REFERENCES = {SERVING: "registry.example/s@sha256:1", SIDECAR: "registry.example/c:tag"}


def service(*digests: tuple[str, str]) -> Any:
    other = sidecar("other", image="elsewhere.example/x:1")
    return SimpleNamespace(
        latest=SimpleNamespace(image_digests=dict(digests)), spec=Spec((serving("app"), sidecar("helper"), other))
    )


def test_the_digests_are_those_that_the_revision_tells() -> None:
    told = service(("app", "registry.example/s@sha256:7"), ("helper", "registry.example/c@sha256:8"))
    assert images(told, REFERENCES) == {
        Image(SERVING, REFERENCES[SERVING], "sha256:7"),
        Image(SIDECAR, REFERENCES[SIDECAR], "sha256:8"),
    }


def test_where_it_tells_none_those_deployed_count() -> None:
    found = {image.name: image.digest for image in images(service(("app", "")), REFERENCES)}
    assert found == {SERVING: "sha256:1", SIDECAR: ""}


def test_every_set_up_to_that_of_this_checkout_is_known_by_its_name() -> None:
    known = published_sets(load())
    assert {"multi-container 1.0", f"multi-container {load().version}"} <= known.keys()
    assert {len(digest) for digests in known.values() for digest in digests} == {64}
