"""Faults in what is reported: status, pods, logs and events differ from what really is."""

from typing import ClassVar

from kmc.fixtures.clients.kinds import Object
from selftest.sabotage.saboteur import SERVICES, Saboteur

_REVISION = "revisions.serving.knative.dev"


def _conditions(found: Object) -> list[Object]:
    conditions: list[Object] = found.get("status", {}).get("conditions", [])
    return conditions


def _container_statuses(found: Object) -> list[Object]:
    """Return the status of each container of a pod or a revision."""
    statuses: list[Object] = found.get("status", {}).get("containerStatuses", [])
    return statuses


def _pod_of(resource: str, found: Object) -> Object | None:
    """Return what is a pod, or what a Deployment makes pods of."""
    pods: dict[str, Object] = {"pods": found, "deployments.apps": found.get("spec", {}).get("template")}
    return pods.get(resource)


class ReportsNoFailure(Saboteur):
    """No condition is ever False, whatever goes wrong."""

    test_modules = (
        "localhost/test_port_conflict.py",
        "probes/test_never_ready.py",
        "probes/test_readiness.py",
        "probes/test_startup.py",
        "status/test_conditions.py",
        "status/test_crashes.py",
        "status/test_start_failures.py",
        "traffic/test_rollout.py",
    )

    def on_read(self, resource: str, found: Object) -> None:
        if resource in (SERVICES, _REVISION):
            for each in _conditions(found):
                if each["status"] == "False":
                    each.update(status="True", reason="", message="")


class GivesNoCause(Saboteur):
    """Conditions are right, but their reasons and messages, and those of events, say nothing of the cause."""

    test_modules = ReportsNoFailure.test_modules

    def on_read(self, resource: str, found: Object) -> None:
        for each in _conditions(found) if resource in (SERVICES, _REVISION) else []:
            each.update(reason="Broken", message="Something is broken.")
        if resource == "events":
            found["message"] = "Something is broken."


class ReportsTooLittle(Saboteur):
    """Ready is the only condition, and the status has no containers, replicas and digests."""

    test_modules = ("status/test_conditions.py",)

    def on_read(self, resource: str, found: Object) -> None:
        if resource not in (SERVICES, _REVISION):
            return
        status = found.get("status", {})
        status["conditions"] = [each for each in _conditions(found) if each["type"] == "Ready"]
        for key in ("containerStatuses", "actualReplicas", "desiredReplicas"):
            status.pop(key, None)


class AddsNothingToPods(Saboteur):
    """Pods have nothing that Knative adds, and their images by tag; the queue-proxy looks like any container."""

    test_modules = (
        "environment/test_gated.py",
        "gates/test_switching.py",
        "pod_shape/test_additions.py",
        "probes/test_readiness.py",
        "volumes/test_gated.py",
    )

    def on_read(self, resource: str, found: Object) -> None:
        if resource == "pods":
            for key in [key for key in found["metadata"]["labels"] if not key.startswith("kmc.dev/")]:
                del found["metadata"]["labels"][key]
        pod = _pod_of(resource, found)
        if pod is None:
            return
        pod["metadata"].pop("annotations", None)
        spec = pod["spec"]
        spec.update(terminationGracePeriodSeconds=30, enableServiceLinks=True, hostNetwork=True)
        spec.pop("imagePullSecrets", None)
        spec["containers"] = [_bare(each) for each in spec["containers"]]
        spec["volumes"] = spec.get("volumes", []) * 2


def _bare(container: Object) -> Object:
    kept = {"name": container["name"], "image": container["image"].partition("@")[0] + ":latest"}
    return {**kept, "ports": [{"containerPort": 1}], "readinessProbe": {}, "env": []}


class RestartsAllContainers(Saboteur):
    """Every restart is one of all containers, without a cause, in another pod, whose queue-proxy does not run."""

    test_modules = (
        "gates/test_switching.py",
        "probes/test_liveness.py",
        "probes/test_outage.py",
        "probes/test_startup.py",
    )

    def __init__(self) -> None:
        self._reads = 0

    def on_read(self, resource: str, found: Object) -> None:
        if resource != "pods":
            return
        statuses = _container_statuses(found)
        most = max((each["restartCount"] for each in statuses), default=0)
        self._reads += 1
        found["metadata"]["uid"] = f"another-{self._reads}"
        for each in statuses:
            each["restartCount"] = most + (each["name"] == "app") * self._reads
            each["lastState"] = {}
            if each["name"] == "queue-proxy":
                each["state"] = {"waiting": {}}


class RunsNoContainers(Saboteur):
    """There are pods, and no container of them runs."""

    test_modules = (
        "probes/test_outage.py",
        "status/test_start_failures.py",
    )

    def on_read(self, resource: str, found: Object) -> None:
        if resource == "pods":
            for each in _container_statuses(found):
                each["state"] = {"waiting": {}}


class NamesContainersWrongly(Saboteur):
    """Pods and revisions report every container under another name."""

    test_modules: ClassVar[tuple[str, ...]] = (
        "environment/test_gated.py",
        "pod_shape/test_additions.py",
        "status/test_conditions.py",
        "traffic/test_split.py",
        "volumes/test_gated.py",
    )

    def on_read(self, resource: str, found: Object) -> None:
        if pod := _pod_of(resource, found):
            for each in pod["spec"]["containers"]:
                each["name"] = f"x-{each['name']}"
        if resource in ("pods", _REVISION):
            for each in _container_statuses(found):
                each["name"] = f"x-{each['name']}"
