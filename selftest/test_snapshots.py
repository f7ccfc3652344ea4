"""What is compared of a Service before and after an upgrade, and when it has come to rest."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.service.objects import QUEUE_PROXY, REVISION_LABEL
from kmc.fixtures.service.snapshots import Snapshot, take
from selftest.kube_double import KubeDouble

READY = {
    "observedGeneration": 1,
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Active", "status": "False"}],
}


def named(name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "uid": f"uid-{name}", "generation": 1, "labels": {REVISION_LABEL: "s-1"}}
    return {"metadata": metadata, "spec": {}, "status": copy.deepcopy(READY), **more}


def containers(queue_proxy: str = "queue:1") -> list[dict[str, Any]]:
    return [
        {"name": "app", "image": "app", "env": [{"name": "A", "value": "a"}], "readinessProbe": {}},
        {"name": QUEUE_PROXY, "image": queue_proxy},
    ]


def snapshot(change: Callable[[dict[str, Any]], None] = lambda _: None) -> Snapshot:
    """Return a Service at rest, with a revision and a pod, after a change of one of its objects."""
    rolled_out = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}
    found: dict[str, Any] = {
        "service": named("s"),
        "configuration": named("s"),
        "route": named("s"),
        "revision": named("s-1"),
        "deployment": named(
            "s-1", spec={"replicas": 1, "template": {"spec": {"containers": containers()}}}, status=rolled_out
        ),
        "pod": named("s-1-x", spec={"containers": containers()}),
    }
    change(found)
    return Snapshot(
        found["service"], found["configuration"], found["route"],
        (found["revision"],), (found["deployment"],), (found["pod"],),
    )  # fmt: skip


def set_in(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        for key in path[:-1]:
            found = found[key]
        found[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (set_in("service", "metadata", "generation", to=2), {"written"}),
        (set_in("revision", "spec", to={"timeoutSeconds": 5}), {"written"}),
        (set_in("route", "metadata", "uid", to="another"), {"written"}),
        (set_in("service", "metadata", "resourceVersion", to="77"), set()),
        (set_in("deployment", "spec", "template", "spec", "containers", to=containers("queue:2")), set()),
        (set_in("deployment", "spec", "template", "spec", "containers", to=containers()[1:]), {"containers"}),
        (set_in("service", "status", "url", to="http://elsewhere"), {"status"}),
        (set_in("revision", "status", "conditions", to=[{"type": "Ready", "status": "False"}]), {"status"}),
        (set_in("revision", "status", "conditions", to=[{"type": "Ready", "status": "True"}]), set()),
    ],
)
def test_what_users_rely_on_is_compared_and_nothing_else(
    change: Callable[[dict[str, Any]], None], differs: set[str]
) -> None:
    before, after = snapshot(), snapshot(change)
    assert {
        name for name in ("written", "containers", "status") if getattr(before, name) != getattr(after, name)
    } == differs


@pytest.mark.parametrize(
    "change",
    [
        set_in("service", "status", "observedGeneration", to=0),
        set_in("service", "status", "conditions", to=[{"type": "Ready", "status": "Unknown"}]),
        set_in("deployment", "status", "updatedReplicas", to=0),
        set_in("deployment", "status", "observedGeneration", to=0),
        set_in("pod", "metadata", "deletionTimestamp", to="now"),
        set_in("pod", "status", "conditions", to=[]),
    ],
)
def test_a_service_is_at_rest_when_no_pod_comes_or_goes(change: Callable[[dict[str, Any]], None]) -> None:
    assert snapshot().settled
    assert not snapshot(change).settled


def test_a_service_at_zero_is_at_rest() -> None:
    found = snapshot(set_in("deployment", "spec", "replicas", to=0))
    at_zero = snapshot(set_in("deployment", "status", to={"observedGeneration": 1}))
    deployment = {**found.deployments[0], "status": at_zero.deployments[0]["status"]}
    assert Snapshot(found.service, found.configuration, found.route, found.revisions, (deployment,), ()).settled


def test_a_snapshot_is_read_without_the_managers_of_fields() -> None:
    class Kube(KubeDouble):
        def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
            return named("s")

        def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
            return [named("s", metadata={"name": "s", "managedFields": [{}]})]

    kube = Kube()
    found = take(kube, "apps", "s")
    assert found.service["metadata"]["name"] == "s"
    assert [item["metadata"] for item in (*found.revisions, *found.pods)] == [{"name": "s"}] * 2
