"""Brings the embedded cluster up, takes it down, and reports its state."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kmc.clusters.embedded import components, prerequisites, processes, sandbox
from kmc.clusters.embedded import upgrade as in_place
from kmc.clusters.embedded.api import kubectl_of
from kmc.clusters.embedded.boot import Boot
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.images import knative_is_built
from kmc.clusters.embedded.knative import change_features
from kmc.clusters.embedded.node import find_program
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.progress import Step
from kmc.clusters.embedded.releases import Release, newest
from kmc.clusters.embedded.running import Running
from kmc.clusters.shapes import PLAIN, Shape, load

DAEMONS = (
    "registry",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "containerd",
    "kubelet",
    "kube-proxy",
    "coredns",
    "ingress",
)
"""What every cluster has; a shape can add to it."""
_GRACE = 10


@dataclass(frozen=True)
class Status:
    """What runs of the cluster: each daemon's process id, or None; and the release of Knative."""

    daemons: Mapping[str, int | None]
    knative: Running | None
    """Which release runs; None where the last `up` was not completed."""

    @property
    def complete(self) -> bool:
        """Whether the last `up` was completed."""
        return self.knative is not None

    @property
    def running(self) -> bool:
        """Whether all of it runs."""
        return self.complete and all(self.daemons.values())

    @property
    def stopped(self) -> bool:
        """Whether nothing of it runs."""
        return not any(self.daemons.values())


def status(layout: Layout) -> Status:
    """Look at what runs. Raises ClusterError when only root could see it."""
    _require_sight()
    found = {item.name: item.pid for item in processes.find(layout.state) if item.leads}
    return Status({name: found.get(name) for name in DAEMONS}, Running.read(layout))


def up(
    layout: Layout,
    step: Step,
    features: Mapping[str, str] | None = None,
    asked: Release | None = None,
    shape: Shape | None = None,
) -> tuple[Running, bool]:
    """Bring the cluster up, whatever an earlier `up` has left; return what runs, and False when it ran already.

    `features` are set in `config-features` before Knative starts, or on the running cluster. `asked` is the release of
    Knative; where none is asked for, it is the one that runs, else the newest. `shape` likewise: else the plain one.
    Raises ClusterError when another release runs, or something is missing or does not start; nothing is left running of
    what was started then, logs are kept.
    """
    with _locked(layout):
        _refuse_a_second(layout)
        wanted = features or {}
        seen = status(layout)
        if seen.running and seen.knative:
            seen.knative.require(asked, shape)
            _change_features(layout, step, seen.knative, wanted)
            return seen.knative, False
        release, form = asked or newest(), shape or PLAIN
        prerequisites.check(layout.root, building=not _all_built(layout, release))
        step.plan(_to_be_cleaned(layout) + len(_unbuilt(layout)) + Boot.STEPS)
        _clean(layout, step)
        programs = _build_all(layout, step)
        shutil.rmtree(layout.logs, ignore_errors=True)
        try:
            Boot(layout, release, programs, step, form).run(wanted)
        except BaseException:
            _clean(layout, step)
            raise
        running = Running(release.version, shape=form.name)
        running.write(layout)
        components.forget_unused(layout.components)
        return running, True


def upgrade(layout: Layout, step: Step, release: Release) -> Running:
    """Bring a newer release of Knative to the running cluster; return what ran before.

    Raises ClusterError when no cluster runs, the release is older, or it does not come up.
    """
    _require_sight()
    with _locked(layout):
        _refuse_a_second(layout)
        seen = status(layout)
        if not (seen.running and seen.knative):
            raise ClusterError(f"there is no cluster to upgrade; run `kmc cluster up --knative {release.name}`")
        seen.knative.refuse_downgrade(release)
        if seen.knative.knative != release.version or seen.knative.upgrading_to:
            in_place.upgrade(layout, step, seen.knative, release)
        return seen.knative


def down(layout: Layout, step: Step) -> bool:
    """Stop everything and remove every trace but the cache and the logs; return False when there was nothing."""
    _require_sight()
    with _locked(layout):
        _refuse_a_second(layout)
        return _clean(layout, step)


@contextmanager
def _locked(layout: Layout) -> Iterator[None]:
    layout.root.mkdir(parents=True, exist_ok=True)
    with layout.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ClusterError("another `kmc cluster up` or `down` is running; wait until it has ended") from error
        yield


def _require_sight() -> None:
    if sandbox.link_exists() and os.geteuid() != 0:
        raise ClusterError("an embedded cluster runs on this machine, and it is root's; run this as root")


def _refuse_a_second(layout: Layout) -> None:
    others = processes.other_states(layout.state)
    if others:
        where = ", ".join(sorted(others))
        raise ClusterError(
            f"an embedded cluster of another cache runs on this machine already (its state: {where}); there can be "
            "one only. Take it down first: `KMC_CACHE=<its cache> kmc cluster down`"
        )


def built(layout: Layout, release: Release) -> bool:
    """Return whether a release's images are in the cache, whose names depend on the version of Go."""
    return find_program("go") is not None and knative_is_built(layout.components, release)


def _all_built(layout: Layout, release: Release) -> bool:
    return built(layout, release) and not _unbuilt(layout)


def _unbuilt(layout: Layout) -> list[str]:
    return [name for name in components.PROGRAMS if not components.is_built(name, layout.components)]


def _build_all(layout: Layout, step: Step) -> Mapping[str, Path]:
    for name in _unbuilt(layout):
        component = components.COMPONENTS[name]
        with step(f"build {name} {component.version}", component.usual):
            components.build(name, layout.components)
    return {name: components.build(name, layout.components) for name in components.PROGRAMS}


def _change_features(layout: Layout, step: Step, running: Running, features: Mapping[str, str]) -> None:
    if features:
        with step("change Knative's feature gates"):
            kubectl = kubectl_of(components.build("kubernetes", layout.components), layout)
            change_features(kubectl, load(running.shape), running.knative, features)


def _to_be_cleaned(layout: Layout) -> bool:
    return bool(processes.find(layout.state)) or layout.state.exists() or sandbox.link_exists()


def _clean(layout: Layout, step: Step) -> bool:
    """Stop and remove whatever there is of the cluster; return whether there was anything."""
    if not _to_be_cleaned(layout):
        return False
    with step("stop the cluster"):
        processes.stop(layout.state, ["kubelet"], grace=_GRACE)
        processes.stop(layout.state, ["ingress", "registry"], grace=_GRACE)
        processes.kill_all(layout.state)
        sandbox.remove(layout.state)
        shutil.rmtree(layout.state, ignore_errors=True)
    return True
