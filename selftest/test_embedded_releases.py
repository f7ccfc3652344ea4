"""The releases that can be chosen, and what each of them brings to the cluster."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmc.clusters.embedded.components import COMPONENTS
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.images import manifest_files
from kmc.clusters.embedded.knative import write_manifests
from kmc.clusters.embedded.releases import Release, find, in_order, newest, releases

_VERSION = "app.kubernetes.io/version"


def test_each_folder_of_module_files_holds_the_release_that_it_is_named_after() -> None:
    assert {release.component.name: f"knative-{release.name}" for release in releases()} == {
        name: name for name in COMPONENTS if name.startswith("knative-")
    }


def test_the_newest_release_is_the_last_one_and_the_default() -> None:
    versions = [release.version for release in releases()]
    assert versions == sorted(versions, key=in_order)
    assert newest().version == versions[-1]


def test_versions_are_compared_as_numbers() -> None:
    assert in_order("1.9.0") < in_order("1.12.0") < in_order("1.12.4")


@pytest.mark.parametrize("asked", ["1.20", "v1.20", "knative-v1.20", "1.20.0", "knative-v1.20.0"])
def test_a_release_is_found_by_any_of_its_names(asked: str) -> None:
    assert find(asked) == Release(COMPONENTS["knative-1.20"])


@pytest.mark.parametrize("asked", ["1.99", "1.2", "1.20.99", "", "newest"])
def test_an_unknown_release_is_told_with_those_that_there_are(asked: str) -> None:
    with pytest.raises(ClusterError) as error:
        find(asked)
    assert all(release.version in str(error.value) for release in releases())


def _objects(name: str, folder: Path) -> dict[tuple[str, str], Any]:
    """Return a release's objects as the cluster gets them, with its images not built yet."""
    release = find(name)
    found = [item for file in manifest_files(release) for item in yaml.safe_load_all(file.read_text()) if item]
    (folder / "resolved.json").write_text(json.dumps(found))
    written = write_manifests(folder / "resolved.json", folder, release.version, {})
    items = [item for path in written for item in json.loads(path.read_text())["items"]]
    return {(item["kind"], item["metadata"]["name"]): item for item in items}


@pytest.mark.parametrize("name", ["1.12", newest().name])
def test_a_release_comes_whole_from_its_own_modules(name: str, tmp_path: Path) -> None:
    objects = _objects(name, tmp_path)
    deployments = {found for kind, found in objects if kind == "Deployment"}
    assert deployments == {"activator", "autoscaler", "controller", "webhook"}
    crds = {found for kind, found in objects if kind == "CustomResourceDefinition"}
    groups = {"services.serving.", "ingresses.networking.internal.", "images.caching.internal."}
    assert {f"{group}knative.dev" for group in groups} <= crds
    assert {kind for kind, _ in objects}.isdisjoint({"HorizontalPodAutoscaler", "Image", "Job"})
    labels = {item["metadata"].get("labels", {}).get(_VERSION) for item in objects.values()}
    assert labels - {None} == {find(name).version}


def test_releases_differ_in_what_they_bring(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, new = _objects("1.12", tmp_path / "old"), _objects(newest().name, tmp_path / "new")
    features = [objects["ConfigMap", "config-features"]["data"]["_example"] for objects in (old, new)]
    assert ["multi-container-probing" in known for known in features] == [False, True]
    assert ("ConfigMap", "config-certmanager") in new.keys() - old.keys()
