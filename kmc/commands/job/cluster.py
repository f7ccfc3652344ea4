"""Making, finding and removing Jobs that judge."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import Enum

from kmc.commands.job.objects import KINDS, LABEL, SPACE, Wanted, objects
from kmc.commands.job.pod import Pod
from kmc.fixtures.clients.kinds import (
    ACCOUNT,
    BINDING,
    CLUSTER_BINDING,
    CLUSTER_ROLE,
    CONFIG_MAP,
    JOB,
    POD,
    ROLE,
    Kind,
    Object,
)
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiError, BadOption
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.cleanup import Left

_EVERYWHERE = (ROLE, BINDING, CLUSTER_ROLE, CLUSTER_BINDING)
_ENDING = timedelta(minutes=6).total_seconds()
"""Seconds for a pod to end: longer than its grace period, in which the suite removes what it has created."""


class State(Enum):
    """What became of a Job."""

    RUNS = "runs"
    ENDED = "has ended, and its reports were not copied"
    LOST = "was lost: it has no pod any more"


def make(kube: Kube, wanted: Wanted) -> None:
    """Create all objects of a Job; where one can't be created, none stays.

    Raises:
        BadOption: there is such a Job.
        CallFailed: the API server refuses one, or does not answer.

    """
    made: list[tuple[Kind, str | None, str]] = []
    try:
        for each in objects(wanted):
            kind, metadata = KINDS[each["kind"]], each["metadata"]
            kube.create(kind, metadata.get("namespace"), each)
            made.append((kind, metadata.get("namespace"), metadata["name"]))
    except BaseException as error:
        for kind, namespace, name in reversed(made):
            kube.delete(kind, namespace or "", name)
        if isinstance(error, ApiError) and error.reason == "AlreadyExists":
            raise BadOption(
                f"there is a Job of run {wanted.run!r} already: {error.message}\n"
                f"kmc job attach --run {wanted.run} takes it up, kmc job clean --run {wanted.run} removes it."
            ) from error
        raise


def jobs(kube: Kube, namespace: str) -> dict[str, State]:
    """Return the runs that have a Job in a namespace, or left something of one."""
    runs = {each["metadata"]["labels"][LABEL] for kind in KINDS.values() for each in _found(kube, kind, namespace)}
    return {run: state(kube, namespace, run) for run in sorted(runs)}


def state(kube: Kube, namespace: str, run: str) -> State:
    """Look at a Job and its pod."""
    pod = Pod.of(kube, namespace, run)
    if not pod.name:
        job = next(iter(_found(kube, JOB, namespace, run)), {})
        return State.RUNS if job.get("status", {}).get("active") else State.LOST
    return State.ENDED if pod.is_over else State.RUNS


def remove(kube: Kube, namespace: str, run: str, *, within: float) -> Left:
    """Remove a Job with all that was made for it, and all that its run has left; return what could not be removed."""
    for job in _found(kube, JOB, namespace, run):
        kube.delete(JOB, namespace, job["metadata"]["name"])
    deadline = time.monotonic() + _ENDING
    while kube.list(POD, namespace, {LABEL: run}):
        if time.monotonic() > deadline:
            return Left([f"{POD.name}/{each['metadata']['name']}" for each in kube.list(POD, namespace, {LABEL: run})])
        time.sleep(1)
    left = cleanup.remove(kube, namespace, run, within=within)
    for kind in (CONFIG_MAP, BINDING, ROLE, CLUSTER_BINDING, CLUSTER_ROLE, ACCOUNT):
        for each in _found(kube, kind, namespace, run):
            kube.delete(kind, each["metadata"].get("namespace") or "", each["metadata"]["name"])
    return left


def _found(kube: Kube, kind: Kind, namespace: str, run: str | None = None) -> Sequence[Object]:
    """Return the objects of Jobs of a namespace, or of one; none of a kind that these credentials can't list."""
    labels = {SPACE: namespace, **({LABEL: run} if run else {})}
    places: Iterable[str | None] = (None, namespace) if kind in _EVERYWHERE else (namespace,)
    for place in places:
        try:
            return kube.list(kind, place, labels)
        except ApiError as error:
            if not error.forbidden:
                raise
    return ()
