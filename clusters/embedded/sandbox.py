"""The cluster's own network and mount namespaces, and the one link that joins them to the host.

Everything that the cluster does to a machine (addresses, bridges, iptables rules, mounts, files below /run and
/var/log) happens in these namespaces and ends with their last process. The host sees one veth link, and so reaches
the addresses below. No internet access leads out of the namespaces, and none is needed.
"""

import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kmc.clusters.embedded import processes
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.waits import wait_for

NODE_ADDRESS = "10.88.0.1"
INGRESS_ADDRESS = "10.88.0.2"
LINK = "kmc0"
_HOST_ADDRESS = "10.88.0.254"
_HOLDER = "namespaces"
_FIXED_FOLDERS = (Path("/var/lib/cni"), Path("/var/lib/kubelet"))
"""What libcni and the kubelet's device plugins have no setting for: ours are laid over the machine's."""

# The host must not see our mounts, but pods with bidirectional mounts expect a shared tree: cut off first, then share.
_HOLD = f"""
set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
for folder in {" ".join(map(str, _FIXED_FOLDERS))}; do mount -t tmpfs tmpfs $folder; done
ip link set lo up
while ! ip link show eth0 >/dev/null 2>&1; do sleep 0.01; done
ip address add {NODE_ADDRESS}/24 dev eth0
ip address add {INGRESS_ADDRESS}/24 dev eth0
ip link set eth0 up
ip route add default via {_HOST_ADDRESS}
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
touch /run/namespaces-ready
exec sleep infinity
"""


def create(state: Path, logs: Path) -> None:
    """Make the namespaces and the link; raises ClusterError when the machine refuses."""
    for folder in _FIXED_FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
    log = logs / f"{_HOLDER}.log"
    command = ["unshare", "--net", "--mount", "--propagation", "slave", "sh", "-c", _HOLD]
    processes.start(_HOLDER, command, state=state, log=log)
    holder = wait_for(lambda: _separate_holder(state), "the namespaces' first process", log=log)
    processes.run(["ip", "link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", str(holder)])
    processes.run(["ip", "link", "set", LINK, "up", "alias", f"kmc embedded cluster {state}"])
    processes.run(["ip", "address", "add", f"{_HOST_ADDRESS}/24", "dev", LINK])
    wait_for(lambda: inside(state, Path("/run/namespaces-ready")).exists(), "the namespaces' network", log=log)


def enter(state: Path, command: Sequence[str]) -> list[str]:
    """Return the command line that runs `command` inside; the process id stays the same."""
    return ["nsenter", "--target", str(_running_holder(state)), "--net", "--mount", "--", *command]


def inside(state: Path, path: Path) -> Path:
    """Return the host's path of a file that the namespaces see at `path`."""
    return Path(f"/proc/{_running_holder(state)}/root") / path.relative_to("/")


def remove(state: Path) -> None:
    """Remove what outlives the namespaces' last process: the link, the cluster's cgroups, empty folders."""
    if link_exists():
        _delete_link()
    for hierarchy in _hierarchies():
        _remove_cgroup(hierarchy / processes.cgroup(state))
    for folder in _FIXED_FOLDERS:
        with suppress(OSError):  # the machine's own is not empty
            folder.rmdir()


def create_cgroup(state: Path) -> None:
    """Create the cgroup that the kubelet puts all pods below, in every hierarchy (the kubelet expects it)."""
    for hierarchy in _hierarchies():
        (hierarchy / processes.cgroup(state)).mkdir(exist_ok=True)


def _hierarchies() -> list[Path]:
    """Return where cgroups are created; what lies below is not walked, since others' come and go there."""
    root = Path("/sys/fs/cgroup")
    return [root] if (root / "cgroup.controllers").exists() else [path for path in root.iterdir() if path.is_dir()]


def link_exists() -> bool:
    """Return whether the host has a cluster's link."""
    return any(name == LINK for _, name in socket.if_nameindex())  # /sys may show those of another namespace


def _running_holder(state: Path) -> int:
    holder = processes.leader(state, _HOLDER)
    if holder is None:
        raise ClusterError("expected the embedded cluster to run, but it does not; run `kmc cluster up`")
    return holder


def _separate_holder(state: Path) -> int | None:
    holder = processes.leader(state, _HOLDER)
    if holder is None:
        return None
    ours, its = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", holder))
    return holder if its != ours else None


def _delete_link() -> None:
    """Delete the link, unless the kernel does so first: it takes the link away a little after the namespaces."""
    try:
        processes.run(["ip", "link", "delete", LINK])
    except ClusterError:
        if link_exists():
            raise


def _remove_cgroup(top: Path, timeout: float = 10) -> None:
    """Remove a cgroup and all below it; the kernel refuses while the last processes are still ending."""
    deadline = time.monotonic() + timeout
    while top.exists():
        for folder, _, _ in os.walk(top, topdown=False):  # passes over what is gone meanwhile
            with suppress(OSError):
                Path(folder).rmdir()
        if time.monotonic() > deadline:
            raise ClusterError(f"expected the cgroup {top} to be empty, but it can't be removed; see its cgroup.procs")
