"""The daemons that make a node: containerd, kubelet, kube-proxy and DNS, with their configuration files."""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from kmc.clusters.embedded.certificates import NODE_NAME
from kmc.clusters.embedded.controlplane import POD_RANGE
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.processes import cgroup, system_environment
from kmc.clusters.embedded.registry import MIRROR, REGISTRY
from kmc.clusters.embedded.sandbox import NODE_ADDRESS

CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")
DNS_ADDRESS = "10.96.0.10"
CNI_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
CNI_PLUGINS = ("bridge", "host-local", "loopback")
_MAX_PODS = 240  # of the 254 addresses in the pod range

# The process may lack the capability to lower its out-of-memory score, so containerd must not ask for it. Nobody asks
# for statistics of containers, which take a good part of a processor when they are collected every second, as they are
# by default.
_CONTAINERD = """
version = 3
root = "{state}/containerd"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins.'io.containerd.cri.v1.images']
  max_concurrent_downloads = 8
  stats_collect_period = 3600
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "{pause}"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "{state}/registries"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  stats_collect_period = "1h"
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["{cni}"]
    conf_dir = "{state}/cni"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "{runc}"
"""

_COREFILE = """
.:53 {{
    bind {address}
    errors
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {state}/coredns.kubeconfig
        ttl 5
    }}
    cache 5
}}
"""


def cni_folder() -> Path | None:
    """Return the folder that has all the CNI plugins needed, or None."""
    return next((folder for folder in CNI_FOLDERS if all((folder / name).exists() for name in CNI_PLUGINS)), None)


def find_program(name: str) -> str | None:
    """Return the path of a system program, or None."""
    return shutil.which(name, path=system_environment()["PATH"])


def write_configuration(layout: Layout, pause: str) -> None:
    """Write the configuration of every daemon of the node; `pause` is the image that holds a pod's namespaces."""
    state, runc, cni = layout.state, find_program("runc"), cni_folder()
    if runc is None or cni is None:
        raise ClusterError("expected runc and the CNI plugins to be installed; `kmc cluster up` lists how to get them")
    settings = {"state": state, "socket": CONTAINERD_SOCKET, "pause": pause, "cni": cni, "runc": runc}
    _write(state / "containerd.toml", _CONTAINERD.format_map(settings))
    for name in (REGISTRY, MIRROR):
        _write(state / "registries" / name / "hosts.toml", f'server = "http://{REGISTRY}"\n')
    _write(state / "cni" / "10-kmc.conflist", json.dumps(_cni_network(state)))
    _write(state / "kubelet.yaml", yaml.safe_dump(_kubelet_configuration(layout)))
    _write(state / "kube-proxy.yaml", yaml.safe_dump(_proxy_configuration(state)))
    _write(state / "Corefile", _COREFILE.format(address=NODE_ADDRESS, state=state))
    _write(state / "resolv.conf", f"nameserver {DNS_ADDRESS}\n")


def containerd(programs: Path, state: Path) -> list[str]:
    """Return containerd's command line; it finds its shim next to itself."""
    return ["env", f"PATH={programs}:{system_environment()['PATH']}", str(programs / "containerd"), *_config(state)]


def pull(programs: Path, state: Path, image: str) -> list[str]:
    """Return the command line that has containerd pull and unpack an image, where the kubelet will find it."""
    options = ["--hosts-dir", str(state / "registries")]
    return [str(programs / "ctr"), "--namespace=k8s.io", "images", "pull", *options, image]


def kubelet(programs: Path, state: Path) -> list[str]:
    """Return the kubelet's command line."""
    return [
        str(programs / "kubelet"),
        f"--config={state}/kubelet.yaml",
        f"--kubeconfig={state}/kubelet.kubeconfig",
        f"--root-dir={state}/kubelet",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE_ADDRESS}",
        "--housekeeping-interval=1m",
    ]


def kube_proxy(programs: Path, state: Path) -> list[str]:
    """Return kube-proxy's command line."""
    return [str(programs / "kube-proxy"), f"--config={state}/kube-proxy.yaml"]


def coredns(programs: Path, state: Path) -> list[str]:
    """Return CoreDNS's command line; it runs beside the node, behind the Service `kube-dns`."""
    return [str(programs / "coredns"), "-conf", str(state / "Corefile")]


def _config(state: Path) -> list[str]:
    return ["--config", str(state / "containerd.toml")]


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def _cni_network(state: Path) -> dict[str, Any]:
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_RANGE}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": f"{state}/addresses",
    }
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": addresses,
    }
    return {"cniVersion": "1.0.0", "name": "kmc", "plugins": [bridge]}


def _kubelet_configuration(layout: Layout) -> dict[str, Any]:
    state = layout.state
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": f"{state}/pki/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{cgroup(state)}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "eventRecordQPS": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        "maxPods": _MAX_PODS,
        "podLogsDir": f"{layout.logs}/pods",
        "registryBurst": 200,
        "registryPullQPS": 100,
        "resolvConf": f"{state}/resolv.conf",
        "serializeImagePulls": False,
        "volumePluginDir": f"{state}/volume-plugins",
    }


def _proxy_configuration(state: Path) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{state}/kube-proxy.kubeconfig"},
        "clusterCIDR": POD_RANGE,
        "conntrack": {"maxPerCore": 0},
        "hostnameOverride": NODE_NAME,
        "iptables": {"minSyncPeriod": "100ms"},
        "mode": "iptables",
    }
