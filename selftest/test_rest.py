"""When a Service is at rest; on a cluster that is made up."""

from dataclasses import dataclass
from typing import Any

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.errors import NotObserved
from selftest.test_service import Api, service


def event(kind: str, message: str, *, count: int = 1) -> Object:
    return {"involvedObject": {"kind": kind, "name": "s-1"}, "reason": "Seen", "message": message, "count": count}


@dataclass
class Touched(Api):
    """Has a Deployment that is written at each of so many looks, and events of a Pod at each."""

    writes: int = 0
    looks: int = 0

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        found = super().get(kind, namespace, name)
        return found | {"metadata": found["metadata"] | {"resourceVersion": "1"}}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        if kind.name == "Event":
            events = [event("Pod", f"{self.looks}"), event("Route", "created"), event("Route", "created", count=2)]
            return events[1:] if fields == "involvedObject.kind!=Pod" else events
        if kind.name != "Deployment":
            return []
        self.looks += 1
        return [{"metadata": {"name": "s-1-deployment", "resourceVersion": str(min(self.looks, self.writes))}}]


def test_the_marks_are_versions_and_events_but_those_of_pods() -> None:
    assert service(Touched(writes=1)).marks() == {
        "Service": "version 1",
        "Deployment/s-1-deployment": "version 1",
        "Route Seen: created": "3 times",
    }


def test_a_service_is_at_rest_when_nothing_was_written_for_a_while() -> None:
    touched = Touched(writes=3)
    assert service(touched).wait_at_rest()["Deployment/s-1-deployment"] == "version 3"


def test_a_service_that_is_written_always_is_never_at_rest() -> None:
    with pytest.raises(NotObserved, match=r"no event for 0\.2 s") as never:
        service(Touched(writes=10**6)).wait_at_rest()
    assert '{"Deployment/s-1-deployment": "version ' in str(never.value)


def test_what_is_new_is_written_reported_again_or_gone() -> None:
    before = {
        "Deployment/d": "version 1",
        "Route Seen: created": "1 times",
        "Route/r": "version 1",
        "Service": "version 1",
    }
    touched = service(Touched(writes=1)).new_marks(before | {"Deployment/s-1-deployment": "version 1"})
    assert touched == {"Deployment/d": "gone", "Route Seen: created": "3 times", "Route/r": "gone"}
