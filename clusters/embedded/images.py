"""The images that the cluster itself needs: what holds a pod, what Knative's images stand on, and Knative's own."""

import hashlib
import io
import json
import re
import ssl
import tarfile
import tempfile
from pathlib import Path

import yaml

from kmc.clusters.embedded import components
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.processes import run
from kmc.clusters.embedded.registry import REGISTRY, has

_USERS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
_NONROOT = "65532"
_LEFT_OUT = ("-hpa.yaml", "999-cache.yaml")  # one replica needs no autoscaling, one node no image cache


def pause_image(store: Path) -> str:
    """Return the name of the image that holds a pod's namespaces, made first if the registry lacks it."""
    program = (components.build("pause", store) / "pause").read_bytes()
    return _image("pause", {"pause": (0o755, program)}, ["--entrypoint", "/pause"], store)


def base_image(store: Path) -> str:
    """Return the image below all of Knative's: /tmp, a user that is not root, the host's CA certificates."""
    bundle = ssl.get_default_verify_paths().cafile
    certificates = Path(bundle).read_bytes() if bundle else b""
    files = {
        "tmp/": (0o1777, b""),
        "etc/passwd": (0o644, _USERS.encode()),
        "etc/ssl/certs/ca-certificates.crt": (0o644, certificates),
    }
    return _image("base", files, ["--user", _NONROOT], store)


def knative_manifests(store: Path) -> Path:
    """Return a JSON file with all of Knative's objects, its images built and in the registry."""
    ko, knative = components.COMPONENTS["ko"], components.COMPONENTS["knative"]
    base = base_image(store)
    entry = f"knative-{components.digest(knative, components.digest(ko), base)}"
    file = components.kept(store, entry, lambda to: _resolve(store, base, to)) / "manifests.json"
    if all(has(image) for image in images_of(file)):
        return file
    _resolve(store, base, file.parent)
    return file


def knative_is_built(store: Path) -> bool:
    """Return whether Knative's images were built before (the registry may have lost them since)."""
    return any(store.glob("knative-*/manifests.json"))


def images_of(file: Path) -> set[str]:
    """Return the images that Knative's objects name."""
    return set(re.findall(rf"{re.escape(REGISTRY)}/[^\"@]+@sha256:[0-9a-f]{{64}}", file.read_text()))


def _resolve(store: Path, base: str, to: Path) -> None:
    """Build Knative's images with ko, push them, and write its manifests with their digests."""
    knative = components.COMPONENTS["knative"]
    files = [argument for path in _manifest_files() for argument in ("-f", str(path))]
    environment = {
        "KO_DOCKER_REPO": REGISTRY,
        "KO_DEFAULTBASEIMAGE": base,
        "CGO_ENABLED": "0",
        "GOWORK": "off",
    }
    command = [
        str(components.build("ko", store) / "ko"),
        "resolve",
        "--insecure-registry",
        "--base-import-paths",
        *files,
    ]
    resolved = run(command, cwd=knative.source, env=environment, expect="to build Knative's images")
    objects = [item for item in yaml.load_all(resolved, yaml.CSafeLoader) if item]
    (to / "manifests.json").write_text(json.dumps(objects))


def _manifest_files() -> list[Path]:
    """Return the module's own manifests in the order in which upstream applies them."""
    knative = components.COMPONENTS["knative"]
    serving = components.module_folder(knative, "knative.dev/serving") / "config" / "core"
    networking = components.module_folder(knative, "knative.dev/networking") / "config"
    caching = components.module_folder(knative, "knative.dev/caching") / "config"
    files = [path for folder in (serving, networking, caching) for path in sorted(folder.rglob("*.yaml"))]
    if not files:
        raise ClusterError(f"expected Knative's manifests in {serving}, but there are none; run `go clean -modcache`")
    return [path for path in files if not path.name.endswith(_LEFT_OUT)]


def _image(name: str, files: dict[str, tuple[int, bytes]], settings: list[str], store: Path) -> str:
    """Return `registry/name:hash` of an image with these files only, pushed first if the registry lacks it."""
    layer = _layer(files)
    tag = f"{REGISTRY}/{name}:{hashlib.sha256(layer + ' '.join(settings).encode()).hexdigest()[:16]}"
    if has(tag):
        return tag
    crane = str(components.build("crane", store) / "crane")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.tar"
        path.write_bytes(layer)
        unset = f"{tag}-unset"
        run([crane, "append", "--insecure", "--oci-empty-base", "--new_layer", str(path), "--new_tag", unset])
        run([crane, "mutate", "--insecure", "--set-platform", "linux/amd64", *settings, "--tag", tag, unset])
    return tag


def _layer(files: dict[str, tuple[int, bytes]]) -> bytes:
    """Return a tar of the files, the same bytes for the same files; a name that ends in / is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(content)
            entry.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
