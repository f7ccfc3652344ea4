"""The pytest plugin that ends a run at once: its pods are not drained, for which it would wait half a minute."""

from threading import Event, Thread

from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import CallFailed
from kmc.fixtures.run import cleanup
from kmc.fixtures.target.leases import RUN_LABEL, wait_gone


def pytest_configure() -> None:
    """Take the place of the clean-up's waiting; nothing is judged of it."""
    cleanup.wait_gone = _wait_gone  # type: ignore[attr-defined]


def _wait_gone(kube: Kube, namespace: str, run: str, within: float) -> list[str]:
    gone = Event()
    killing = Thread(target=_kill, args=(kube, namespace, run, gone))
    killing.start()
    try:
        return wait_gone(kube, namespace, run, within)
    finally:
        gone.set()
        killing.join()


def _kill(kube: Kube, namespace: str, run: str, gone: Event) -> None:
    while not gone.wait(0.5):
        try:
            for pod in kube.list(kinds.POD, namespace, {RUN_LABEL: run}):
                if "deletionTimestamp" in pod["metadata"]:
                    kube.delete(kinds.POD, namespace, pod["metadata"]["name"], grace=0)
        except CallFailed:
            continue
