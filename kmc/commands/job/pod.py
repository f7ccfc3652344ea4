"""The pod of a Job that judges: what became of it, and its log, followed over connections that break."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from kmc.commands.job.objects import LABEL, REPORTS_CONTAINER, SUITE_CONTAINER, name_of
from kmc.fixtures.clients.kinds import EVENT, JOB, POD, Object
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiError, ApiUnavailable

Show = Callable[[str], object]
"""Shows a line to whoever waits."""

_IDLE = 60.0
"""Seconds without a byte of the log after which it is asked for anew: the suite writes a line at least every 30 s."""
_PAUSE = 1.0
_STARTING = timedelta(minutes=5).total_seconds()
_HOPELESS = ("InvalidImageName", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull")
_DELIVERING = timedelta(minutes=3).total_seconds()


class NotJudged(Exception):
    """The suite did not begin, or what became of it can't be known any more."""


@dataclass(frozen=True)
class Pod:
    """The pod as it is now; `name` is empty where there is none."""

    name: str
    phase: str
    states: Mapping[str, Mapping[str, Any]]
    """What each container does: `running`, `waiting` or `terminated`, with the details."""

    @classmethod
    def of(cls, kube: Kube, namespace: str, run: str) -> Self:
        """Look at the pod of a run."""
        found = kube.list(POD, namespace, {LABEL: run})
        if not found:
            return cls("", "", {})
        status = found[-1].get("status", {})
        statuses = status.get("containerStatuses") or []
        states = {each["name"]: each.get("state") or {} for each in statuses}
        return cls(found[-1]["metadata"]["name"], status.get("phase", ""), states)

    @property
    def is_over(self) -> bool:
        """Whether nothing runs in it any more."""
        return self.phase in ("Succeeded", "Failed")

    def has_begun(self, container: str) -> bool:
        """Whether a container has a log."""
        return bool({"running", "terminated"} & self.states.get(container, {}).keys())

    def exit_code(self, container: str = SUITE_CONTAINER) -> int | None:
        """Return what a container ended with; None where it has not."""
        ended = self.states.get(container, {}).get("terminated")
        return int(ended["exitCode"]) if ended else None

    def obstacle(self) -> str:
        """Say what keeps the suite from beginning."""
        waiting = self.states.get(SUITE_CONTAINER, {}).get("waiting") or {}
        return ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))


def wait_begun(kube: Kube, namespace: str, run: str, show: Show) -> Pod:
    """Wait until the suite runs, or has ended.

    Raises:
        NotJudged: it does not, and why.

    """
    deadline, said = time.monotonic() + _STARTING, ""
    while True:
        pod = Pod.of(kube, namespace, run)
        if pod.has_begun(SUITE_CONTAINER) or pod.is_over:
            return pod
        why = pod.obstacle() or _events(kube, namespace, pod.name or name_of(run))
        if why.startswith(_HOPELESS) or time.monotonic() > deadline:
            raise NotJudged(f"the pod of the Job does not begin: {why or 'nothing says why'}")
        if not pod.name and _job_failed(kube, namespace, run):
            raise NotJudged("the pod of the Job is gone, and its reports with it")
        if why and why != said:
            show(f"the pod waits: {why}")
            said = why
        time.sleep(_PAUSE)


def follow(kube: Kube, namespace: str, run: str, show: Show) -> int:
    """Show the suite's log until it has ended, and return its exit code.

    Raises:
        NotJudged: the pod is gone.

    """
    last, pod = "", Pod.of(kube, namespace, run)
    while True:
        code = pod.exit_code()
        try:
            for stamp, text in _lines(kube, namespace, pod.name, last):
                if stamp > last:
                    show(text)
                    last = stamp
            if code is not None:
                return code
        except ApiUnavailable:
            show("the connection to the log broke; it is followed again")
        except ApiError as error:
            if not error.not_found:
                raise
        time.sleep(_PAUSE)
        pod = Pod.of(kube, namespace, run)
        if not pod.name:
            raise NotJudged("the pod of the Job is gone, and its reports with it")
        if pod.is_over and pod.exit_code() is None:
            raise NotJudged(
                "the pod of the Job was ended from outside, by its node perhaps, before the suite had ended"
            )


def delivered(kube: Kube, namespace: str, run: str) -> str:
    """Wait until the reports are handed out, and return the log that has them.

    Raises:
        NotJudged: they are not.

    """
    deadline = time.monotonic() + _DELIVERING
    while (pod := Pod.of(kube, namespace, run)).exit_code(REPORTS_CONTAINER) is None:
        if time.monotonic() > deadline or not pod.name or pod.is_over:
            raise NotJudged(f"the container {REPORTS_CONTAINER!r} did not hand out the reports")
        time.sleep(_PAUSE)
    return replace(kube, timeout=_DELIVERING).logs(namespace, pod.name, REPORTS_CONTAINER)


def _lines(kube: Kube, namespace: str, pod: str, since: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of the suite's log with their times, from a time on."""
    query = [("container", SUITE_CONTAINER), ("follow", "true"), ("timestamps", "true")]
    query += [("sinceTime", since)] if since else []
    rest = b""
    for piece in kube.stream(POD.path(namespace, pod, "log"), query, idle=_IDLE):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            stamp, _, text = line.decode(errors="replace").partition(" ")
            yield stamp, text


def _job_failed(kube: Kube, namespace: str, run: str) -> bool:
    found = kube.find(JOB, namespace, name_of(run))
    return found is None or bool(found.get("status", {}).get("failed"))


def _events(kube: Kube, namespace: str, name: str) -> str:
    """Return the latest warning about an object."""
    try:
        events: list[Object] = kube.list(EVENT, namespace)
    except ApiError:
        return ""
    about = [each for each in events if each["involvedObject"].get("name") == name and each.get("type") == "Warning"]
    return str(about[-1].get("message", "")) if about else ""
