"""The images that the cluster itself needs: what holds a pod, what Knative's images stand on, and Knative's own."""

import hashlib
import io
import json
import re
import ssl
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from kmc.clusters.embedded import components
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.processes import run
from kmc.clusters.embedded.registry import REGISTRY, has
from kmc.clusters.embedded.releases import Release

_USERS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
_NONROOT = "65532"
_MANIFESTS = {
    "knative.dev/serving/cmd/controller": "config/core",
    "knative.dev/networking/pkg/apis/networking": "config",
    "knative.dev/caching/pkg/apis/caching": "config",
}
"""Where the modules of these packages keep the objects that they need."""
_LEFT_OUT = ("-hpa.yaml", "999-cache.yaml")  # one replica needs no autoscaling, one node no image cache


def pause_image(store: Path) -> str:
    """Return the name of the image that holds a pod's namespaces, made first if the registry lacks it."""
    program = (components.build("pause", store) / "pause").read_bytes()
    return _pushed(_Image("pause", {"pause": (0o755, program)}, ["--entrypoint", "/pause"]), store)


def _base_image() -> "_Image":
    """Return the image below all of Knative's: /tmp, a user that is not root, the host's CA certificates."""
    bundle = ssl.get_default_verify_paths().cafile
    certificates = Path(bundle).read_bytes() if bundle else b""
    files = {
        "tmp/": (0o1777, b""),
        "etc/passwd": (0o644, _USERS.encode()),
        "etc/ssl/certs/ca-certificates.crt": (0o644, certificates),
    }
    return _Image("base", files, ["--user", _NONROOT])


def knative_manifests(store: Path, release: Release) -> Path:
    """Return a JSON file with all objects of a release of Knative, its images built and in the registry."""
    entry = _knative_entry(release)
    file = components.kept(store, entry, lambda to: _resolve(store, release, to)) / "manifests.json"
    if all(has(image) for image in images_of(file)):
        return file
    _resolve(store, release, file.parent)
    return file


def knative_is_built(store: Path, release: Release) -> bool:
    """Return whether a release's images were built before (the registry may have lost them since)."""
    return (store / _knative_entry(release)).is_dir()


def usual_seconds(store: Path, release: Release) -> float:
    """Return how long `knative_manifests` takes on two cores."""
    return 0 if knative_is_built(store, release) else 120


def images_of(file: Path) -> set[str]:
    """Return the images that Knative's objects name."""
    return set(re.findall(rf"{re.escape(REGISTRY)}/[^\"@]+@sha256:[0-9a-f]{{64}}", file.read_text()))


def _knative_entry(release: Release) -> str:
    ko, component = components.COMPONENTS["ko"], release.component
    return f"{component.name}-{components.digest(component, components.digest(ko), _base_image().reference)}"


def _resolve(store: Path, release: Release, to: Path) -> None:
    """Build Knative's images with ko, push them, and write its manifests with their digests."""
    files = [argument for path in manifest_files(release) for argument in ("-f", str(path))]
    environment = {
        "KO_DOCKER_REPO": REGISTRY,
        "KO_DEFAULTBASEIMAGE": _pushed(_base_image(), store),
        **components.GO_BUILD,
    }
    command = [
        str(components.build("ko", store) / "ko"),
        "resolve",
        "--insecure-registry",
        "--base-import-paths",
        "--jobs=1",  # parallel builds would compile the packages that they share twice
        *files,
    ]
    expect = f"to build the images of Knative {release.version}"
    resolved = run(command, cwd=release.component.source, env=environment, expect=expect)
    objects = [item for item in yaml.load_all(resolved, yaml.CSafeLoader) if item]
    (to / "manifests.json").write_text(json.dumps(objects))


def manifest_files(release: Release) -> list[Path]:
    """Return the manifests of a release's own modules in the order in which upstream applies them."""
    folders = [components.module_folder(release.component, package) / where for package, where in _MANIFESTS.items()]
    files = [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]
    if not files:
        where = " and ".join(map(str, folders))
        raise ClusterError(f"expected Knative's manifests in {where}, but there are none; run `go clean -modcache`")
    return [path for path in files if not path.name.endswith(_LEFT_OUT)]


@dataclass(frozen=True)
class _Image:
    """An image of one layer with these files only; a name that ends in / is a folder."""

    name: str
    files: Mapping[str, tuple[int, bytes]]
    settings: Sequence[str]

    @property
    def reference(self) -> str:
        """`registry/name:hash`, the same for the same content."""
        content = _layer(self.files) + " ".join(self.settings).encode()
        return f"{REGISTRY}/{self.name}:{hashlib.sha256(content).hexdigest()[:16]}"


def _pushed(image: _Image, store: Path) -> str:
    """Return the image's reference, pushed first if the registry lacks it."""
    tag = image.reference
    if has(tag):
        return tag
    crane = str(components.build("crane", store) / "crane")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.tar"
        path.write_bytes(_layer(image.files))
        unset = f"{tag}-unset"
        run([crane, "append", "--insecure", "--oci-empty-base", "--new_layer", str(path), "--new_tag", unset])
        run([crane, "mutate", "--insecure", "--set-platform", "linux/amd64", *image.settings, "--tag", tag, unset])
    return tag


def _layer(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """Return a tar of the files, the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(content)
            entry.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
