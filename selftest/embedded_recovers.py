"""Kill parts of the embedded cluster and its commands, and see that it says so and comes back, or goes for good.

Run it as `python -m selftest.embedded_recovers`. Needs root, takes some minutes, and takes down a cluster that runs.
Exits with 1 at the first thing that is not as it should be.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from kmc.clusters.embedded import processes
from kmc.clusters.embedded.paths import default_layout
from kmc.clusters.embedded.releases import releases
from kmc.clusters.shapes import PLAIN
from selftest.embedded_leaves_nothing import seen

_INTERRUPTED = 130
_KUBECTL = "kubernetes-*/kubectl"


class _WrongError(Exception):
    """Something is not as it should be."""


def _kmc(*words: str, expect: int = 0, cache: str = "") -> str:
    environment = {**os.environ, **({"KMC_CACHE": cache} if cache else {})}
    command = [sys.executable, "-m", "kmc", "cluster", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != expect:
        told = f"{done.stdout}{done.stderr}"
        raise _WrongError(f"kmc cluster {' '.join(words)}: expected status {expect}, got {done.returncode}:\n{told}")
    return done.stdout + done.stderr


def _signal_up_after(step: str, number: signal.Signals) -> int:
    """Send `up` a signal as soon as it has ended the step; return its exit status."""
    command = [sys.executable, "-m", "kmc", "cluster", "up"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as up:
        for line in up.stderr or ():
            if step in line and ": done in " in line:
                up.send_signal(number)
                break
        else:
            raise _WrongError(f"`up` ended without the step {step!r}")
        up.communicate()
    return up.returncode


def _kill_daemon(name: str) -> None:
    pid = processes.leader(default_layout().state, name)
    if pid is None:
        raise _WrongError(f"expected {name} to run")
    os.kill(pid, signal.SIGKILL)


def _expect(words: str, told: str) -> None:
    if words not in told:
        raise _WrongError(f"expected to be told {words!r}, but was told:\n{told}")


def _gate() -> str:
    """Return the gate multi-container-probing as the API server has it."""
    layout = default_layout()
    kubectl = max(layout.components.glob(_KUBECTL), key=lambda path: path.stat().st_mtime)
    target = ["configmap", "config-features", f"--namespace={PLAIN.system_namespace}"]
    form = "--output=jsonpath={.data.multi-container-probing}"
    return processes.run([str(kubectl), f"--kubeconfig={layout.admin_kubeconfig}", "get", *target, form])


def a_killed_up_is_repaired() -> None:
    """`up` after a killed `up` starts anew, whatever was left."""
    for step in ("start the image registry", "start the control plane", "create Knative's objects"):
        _signal_up_after(step, signal.SIGKILL)
        _expect("incomplete", _kmc("status", expect=1))
        _kmc("up")
        _kmc("down")


def a_killed_up_is_cleaned() -> None:
    """`down` after a killed `up` leaves nothing."""
    before = seen()
    _signal_up_after("start the node", signal.SIGKILL)
    _kmc("down")
    if seen() != before:
        raise _WrongError("something was left behind; compare with `python -m selftest.embedded_leaves_nothing`")


def an_interrupted_up_stops() -> None:
    """Ctrl-C, SIGTERM and a closed terminal stop everything."""
    before = seen()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        status = _signal_up_after("start the control plane", number)
        if status != _INTERRUPTED or seen() != before:
            raise _WrongError(f"{number.name}: `up` ended with {status}, or left something behind")
        _expect("the cluster is down", _kmc("status", expect=1))


def dead_daemons_are_seen_and_replaced() -> None:
    """`status` tells that a daemon is dead, and `up` makes a new cluster."""
    _kmc("up")
    for name in ("kubelet", "kube-apiserver"):
        _kill_daemon(name)
        told = _kmc("status", expect=1)
        _expect(f"{name:25}not running", told)
        _expect("incomplete", told)
        _kmc("up")
        _kmc("status")


def a_second_cluster_is_refused() -> None:
    """Another cache can't have a cluster beside this one, and can't take this one down."""
    with tempfile.TemporaryDirectory() as cache:
        for word in ("up", "down"):
            _expect(str(default_layout().state), _kmc(word, expect=1, cache=cache))
        if list(Path(cache).glob("embedded/*/*")):
            raise _WrongError("the refused cluster wrote into its cache")
    _kmc("status")


def gates_are_set() -> None:
    """`--feature` works on a running cluster and on a new one, and refuses what Knative does not know."""
    _kmc("up", "--feature", "multi-container-probing=enabled")
    if _gate() != "enabled":
        raise _WrongError(f"expected the gate to be enabled on the running cluster, it is {_gate()!r}")
    _expect("has no feature nonsense", _kmc("up", "--feature", "nonsense=enabled", expect=1))
    _kmc("down")
    _kmc("up", "--feature", "multi-container-probing=enabled")
    if _gate() != "enabled":
        raise _WrongError(f"expected the gate to be enabled on the new cluster, it is {_gate()!r}")


def releases_are_changed_on_request_only() -> None:
    """Another release is refused beside the one that runs; an upgrade leads forward and keeps the gates."""
    older, newer = (release.name for release in releases()[-2:])
    _kmc("down")
    _kmc("up", "--knative", older, "--feature", "multi-container-probing=enabled")
    _expect("kmc cluster upgrade", _kmc("up", "--knative", newer, expect=1))
    _expect(f"up already, with Knative {older}", _kmc("up"))
    _kmc("upgrade", "--knative", newer)
    _expect(f"Knative                  {newer}", _kmc("status"))
    if _gate() != "enabled":
        raise _WrongError(f"expected the gate to be enabled after the upgrade, it is {_gate()!r}")
    _expect("do not lead back", _kmc("upgrade", "--knative", older, expect=1))


def everything_has_a_log() -> None:
    """`logs` shows something of each daemon that says anything."""
    for name in ("kube-apiserver", "kubelet", "containerd", "registry"):
        if not _kmc("logs", name):
            raise _WrongError(f"{name} has logged nothing")


_PROOFS: tuple[Callable[[], None], ...] = (
    a_killed_up_is_repaired,
    a_killed_up_is_cleaned,
    an_interrupted_up_stops,
    dead_daemons_are_seen_and_replaced,
    a_second_cluster_is_refused,
    gates_are_set,
    releases_are_changed_on_request_only,
    everything_has_a_log,
)


def main() -> None:
    """Run all proofs; see the module."""
    _kmc("down")
    for proof in _PROOFS:
        try:
            proof()
        except _WrongError as error:
            sys.exit(f"{proof.__name__}: {error}")
        click.echo(f"{proof.__name__}: as it should be")
    _kmc("down")


if __name__ == "__main__":
    main()
