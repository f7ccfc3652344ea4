"""Where the embedded cluster keeps its files: one folder in the user's cache, never in the checkout."""

import os
from dataclasses import dataclass
from pathlib import Path


def cache_root() -> Path:
    """Return `$KMC_CACHE`, else `$XDG_CACHE_HOME/kmc`, else `~/.cache/kmc`."""
    if chosen := os.environ.get("KMC_CACHE"):
        return Path(chosen).resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").resolve() / "kmc"


@dataclass(frozen=True)
class Layout:
    """The folders of one embedded cluster; everything below `state` is thrown away by `down`."""

    root: Path

    @property
    def components(self) -> Path:
        """Built programs and resolved manifests, one folder per hash of their inputs."""
        return self.root / "components"

    @property
    def registry(self) -> Path:
        """The image registry's storage; it outlives the cluster."""
        return self.root / "registry"

    @property
    def state(self) -> Path:
        """Data of the running cluster: certificates, etcd, containers, configuration."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """One file per daemon and the logs of all pods, kept until the next `up`."""
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        """Held by the one command that changes the cluster."""
        return self.root / "lock"

    @property
    def admin_kubeconfig(self) -> Path:
        """The kubeconfig of a cluster administrator."""
        return self.state / "admin.kubeconfig"

    @property
    def user_kubeconfig(self) -> Path:
        """The kubeconfig with the rights of `clusters/rbac.yaml` and no others."""
        return self.state / "kmc.kubeconfig"


def default_layout() -> Layout:
    """Return the layout below the user's cache."""
    return Layout(cache_root() / "embedded")
