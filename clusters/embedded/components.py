"""Builds the cluster's programs from Go modules and keeps them by the hash of what they are built from."""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import default_layout
from kmc.clusters.embedded.processes import run

SOURCES = Path(__file__).parent / "components"
KNATIVE = "knative.dev/serving"
_UNUSED_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Component:
    """One Go module of ours: its main packages are either its `tool` dependencies or its own `main.go`."""

    name: str
    module: str
    """The module whose version is the component's; empty when the source is our own."""
    usual: float = 0.0
    """The seconds that a build takes on two cores, with its modules downloaded, after the builds before it."""
    names: tuple[str, ...] = ()
    """Further names of its program, which acts as the one that it is called by, since each program is linked apart."""

    @property
    def source(self) -> Path:
        """The folder with go.mod and go.sum."""
        return SOURCES / self.name

    @property
    def version(self) -> str:
        """The version that go.mod requires; `own` for our own source."""
        return required_version(self.source / "go.mod", self.module) if self.module else "own"

    @property
    def packages(self) -> str:
        """What `go build` is asked to build."""
        return "." if (self.source / "main.go").exists() else "tool"


KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl")
COMPONENTS = {
    component.name: component
    for component in (
        Component("kubernetes", "k8s.io/kubernetes", 320, KUBERNETES),
        Component("etcd", "go.etcd.io/etcd/server/v3", 7),
        Component("containerd", "github.com/containerd/containerd/v2", 31),
        Component("registry", "github.com/distribution/distribution/v3", 11),
        Component("coredns", "github.com/coredns/coredns", 8),
        Component("pause", ""),
        Component("crane", "github.com/google/go-containerregistry", 2),
        Component("ko", "github.com/google/ko", 28),
        *(Component(folder.name, KNATIVE) for folder in SOURCES.glob("knative-*")),
    )
}


PROGRAMS = ("kubernetes", "containerd", "etcd", "registry", "coredns", "pause", "crane", "ko")
"""What has to be built before a start; Knative is built by ko, as images: see releases.py and images.py."""


def required_version(go_mod: Path, module: str) -> str:
    """Return the version of `module` that a go.mod file requires."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod.read_text(), re.MULTILINE)
    if not found:
        raise ClusterError(f"expected {go_mod} to require {module}, but it does not; run `go mod tidy` there")
    return found[1]


@cache
def go_identity() -> str:
    """Return the Go version and platform, which every build depends on."""
    return run(["go", "env", "GOVERSION", "GOOS", "GOARCH"], expect="to print the Go version").strip()


def digest(component: Component, *more: str) -> str:
    """Return the hash of all that a build of the component depends on, and of `more`."""
    hasher = hashlib.sha256()
    for item in (go_identity(), *_build_flags(component), component.packages, *component.names, *more):
        hasher.update(item.encode() + b"\0")
    for name in ("go.mod", "go.sum", "main.go"):
        path = component.source / name
        hasher.update(name.encode() + b"\0" + (path.read_bytes() if path.exists() else b"") + b"\0")
    return hasher.hexdigest()[:16]


def build(name: str, store: Path | None = None) -> Path:
    """Return the folder with the named component's programs, built first when they are not kept already.

    `store` is the folder of kept builds (by default in the user's cache). Raises ClusterError when a build fails.
    """
    component = COMPONENTS[name]
    return kept(store or default_layout().components, f"{name}-{digest(component)}", lambda to: _compile(component, to))


def is_built(name: str, store: Path) -> bool:
    """Return whether the named component would not have to be built."""
    return (store / f"{name}-{digest(COMPONENTS[name])}").is_dir()


def kept(store: Path, entry: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `store/entry`, filled by `make` first if it is missing; what is interrupted leaves no entry."""
    folder = store / entry
    if folder.is_dir():
        os.utime(folder)  # see forget_unused
        return folder
    store.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=store))
    try:
        make(unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def forget_unused(store: Path) -> None:
    """Remove what was not used for a month: builds of other sources or Go versions, and what a crash has left."""
    for folder in store.iterdir():
        if folder.stat().st_mtime < time.time() - _UNUSED_SECONDS:
            shutil.rmtree(folder)


def module_folder(component: Component, package: str) -> Path:
    """Return where Go keeps the source of the module that has the package, as the component uses it.

    Asked by package: Go looks a module up by name in the registry again, which does not hold each one's description.
    """
    command = ["go", "list", "-find", "-f", "{{.Module.Dir}}", package]
    return Path(run(command, cwd=component.source, env=GO_BUILD, expect=f"to find {package}").strip())


GO_BUILD = {"CGO_ENABLED": "0", "GOWORK": "off", "GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""The environment of builds. Compilers that collect garbage less often take a fifth less time, and more memory."""


def _compile(component: Component, to: Path) -> None:
    command = ["go", "build", *_build_flags(component), "-o", f"{to}/", component.packages]
    run(command, cwd=component.source, env=GO_BUILD, expect=f"to build {component.name}")
    for name in component.names:
        (to / name).symlink_to(component.name)


def _build_flags(component: Component) -> list[str]:
    linking = "-s -w"
    if component.name == "kubernetes":
        linking += "".join(f" -X k8s.io/component-base/version.{key}={value}" for key, value in _stamps(component))
    return ["-trimpath", "-ldflags", linking]


def _stamps(component: Component) -> list[tuple[str, str]]:
    """Name what Kubernetes says of its own version; without them it reads v0.0.0."""
    major, minor, _ = component.version.removeprefix("v").split(".")
    return [("gitVersion", component.version), ("gitMajor", major), ("gitMinor", minor)]
