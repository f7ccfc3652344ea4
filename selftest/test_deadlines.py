"""A progress deadline that passed before the node had come to the pods says nothing about Knative."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kmc.fixtures.service.deadlines import passed_too_soon
from kmc.fixtures.service.objects import Resource

DEADLINE = 20.0
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
DEPLOYMENT = Resource({"metadata": {"name": "s-1-deployment", "creationTimestamp": CREATED.isoformat()}})


def revision(reason: str = "ProgressDeadlineExceeded") -> Resource:
    condition = {"type": "ResourcesAvailable", "status": "False", "reason": reason}
    return Resource({"metadata": {"name": "s-1"}, "status": {"conditions": [condition]}})


def event(after: float, pod: str = "s-1-deployment-x", field: str = "spec.containers{app}") -> dict[str, Any]:
    at = (CREATED + timedelta(seconds=after)).isoformat()
    return {"involvedObject": {"name": pod, "fieldPath": field}, "firstTimestamp": at}


def test_a_node_that_began_late_is_named_with_its_seconds() -> None:
    why = passed_too_soon(revision(), DEPLOYMENT, [event(15), event(14), event(16)], DEADLINE)
    assert "the progress deadline of 20 s that Deployment s-1-deployment had" in why
    assert "began with the first container of its pods after 14 s; give --timeout-scale" in why


@pytest.mark.parametrize(
    "events",
    [[], [event(1, pod="s-2-deployment-x")], [event(1, field="")], [event(1) | {"firstTimestamp": None}]],
    ids=["none", "another revision's", "the pod's", "without a time"],
)
def test_a_node_that_never_began_is_named(events: list[dict[str, Any]]) -> None:
    assert "began with no container of its pods" in passed_too_soon(revision(), DEPLOYMENT, events, DEADLINE)


def test_a_node_that_began_in_time_is_no_excuse() -> None:
    assert passed_too_soon(revision(), DEPLOYMENT, [event(10), event(19)], DEADLINE) == ""


@pytest.mark.parametrize("reason", ["", "ContainerMissing", "Deploying"])
def test_another_failure_is_judged(reason: str) -> None:
    assert passed_too_soon(revision(reason), DEPLOYMENT, [], DEADLINE) == ""
