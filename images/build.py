"""Build the images with ko, reproducibly: the same sources, Go and ko give the same digests on any machine."""

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kmc.images.base import write_base
from kmc.images.lock import LOCK, Image, Lock, write

MODULE = Path(__file__).parent
NAMES = ("servingcontainer", "sidecarcontainer")
PLATFORMS = ("linux/amd64", "linux/arm64")
_SOURCES = (".go", ".mod", ".sum", ".py")

# ko takes a base image by digest from its cache, where `write_base` has put it; the host is never asked.
_BASE = "base.invalid/base"


class BuildFailed(Exception):
    """A build failed; the message has the command and its output."""


def build(
    ko: Path, *, registry: str | None = None, lock: Path = LOCK, platforms: Sequence[str] = PLATFORMS
) -> dict[str, str]:
    """Build both images, push them to the registry if one is given, write the lock file, and return name → digest.

    Go must be on PATH; the version that `go.mod` names is used, fetched by Go itself if need be. The registry is a host
    with an optional path; loopback and private addresses are spoken to over plain http, and credentials are those
    of the Docker configuration. `kind.local` loads the images into a kind cluster, which has them by tag only.

    Raises:
        BuildFailed: Go or ko failed, the registry holds something other than what was built, or the lock file can't be
            written.

    """
    with tempfile.TemporaryDirectory(prefix="kmc-images-") as scratch:
        cache = Path(scratch) / "ko"
        base = write_base(cache / "img", platforms)
        env = _environment(cache, f"{_BASE}@{base}")
        go = _run(["go", "env", "GOVERSION"], env)
        images = {name: _build(ko, name, platforms, Path(scratch) / name, env) for name in NAMES}
        if registry:
            for name, image in images.items():
                _push(ko, name, image, registry, env)
    _write(Lock(go=go, ko=_run([str(ko), "version"], env), base=base, images=images), lock)
    return {name: image.digest for name, image in images.items()}


def _write(built: Lock, lock: Path) -> None:
    try:
        write(built, lock)
    except OSError as error:
        raise BuildFailed(
            f"the images are built, but their lock file can't be written: {error}\n"
            "Name another with --lock FILE, and pass it to kmc run with --image-lock FILE."
        ) from error


def _environment(cache: Path, base: str) -> dict[str, str]:
    """Fix all that can change a binary or an image; the rest is the user's (proxies, caches, credentials)."""
    return {
        **os.environ,
        "GOTOOLCHAIN": toolchain(),
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
        "GOFIPS140": "off",
        "CGO_ENABLED": "0",
        "KOCACHE": str(cache),
        "KO_CONFIG_PATH": str(MODULE / ".ko.yaml"),
        "KO_DEFAULTBASEIMAGE": base,
        "SOURCE_DATE_EPOCH": "0",
        "KO_DATA_DATE_EPOCH": "0",
    }


def sources_digest() -> str:
    """Return a hash of all that the images are built from: the Go module and what it names, and what builds them."""
    hasher = hashlib.sha256()
    for file in sorted(MODULE.rglob("*")):
        if file.suffix in _SOURCES and not file.name.endswith("_test.go") and not _is_of_others(file):
            hasher.update(str(file.relative_to(MODULE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return hasher.hexdigest()[:16]


def _is_of_others(file: Path) -> bool:
    """Whether a file has no part in these images: it makes the suite's own, or carries images about."""
    return file.parent.name == "suite" or file.name == "mirror.py"


def tag() -> str:
    """Return the tag of the images: one for each version of their sources, so that it never moves in a registry.

    It is not «latest», which Kubernetes pulls at every start, even where there is no registry to pull from.
    """
    return f"conformance-{sources_digest()}"


def toolchain() -> str:
    """Return the Go version that the images are built with, from go.mod."""
    found = re.search(r"^toolchain (\S+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise BuildFailed(f"{MODULE / 'go.mod'} names no toolchain: give it a line such as `toolchain go1.26.8`")
    return found[1]


def _build(ko: Path, name: str, platforms: Sequence[str], layout: Path, env: Mapping[str, str]) -> Image:
    _run([*_command(ko, name, platforms), "--push=false", f"--oci-layout-path={layout}"], env)
    return _read_layout(layout, platforms)


def _read_layout(layout: Path, platforms: Sequence[str]) -> Image:
    if not (layout / "index.json").exists():
        raise BuildFailed(f"expected ko to write the image {layout.name}, but it wrote none; is the program given ko?")
    [entry] = json.loads((layout / "index.json").read_text())["manifests"]
    digest = entry["digest"]
    content = json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
    if "manifests" not in content:
        return Image(tag(), digest, {platforms[0]: digest})
    found = {f"{of['platform']['os']}/{of['platform']['architecture']}": of["digest"] for of in content["manifests"]}
    return Image(tag(), digest, found)


def _push(ko: Path, name: str, image: Image, registry: str, env: Mapping[str, str]) -> None:
    pushed = _run(_command(ko, name, tuple(image.platforms)), {**env, "KO_DOCKER_REPO": registry})
    if "@" in pushed and not pushed.endswith(image.digest):
        raise BuildFailed(f"{name}: expected {registry} to hold {image.digest}, but ko pushed {pushed}")


def _command(ko: Path, name: str, platforms: Sequence[str]) -> list[str]:
    return [
        str(ko),
        "build",
        f"./cmd/{name}",
        f"--platform={','.join(platforms)}",
        f"--tags={tag()}",
        "--base-import-paths",
        "--sbom=none",
    ]


def _run(command: Sequence[str], env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(command, cwd=MODULE, env=env, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildFailed(f"{command[0]} can't be run: {error}") from error
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout.strip()
