"""The two ways of a request: asked for in the template, and seen in the addresses that an ingress is given."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.errors import Untestable
from kmc.fixtures.service import PAIR, Service, Spec, Way
from kmc.fixtures.service.manifest import template
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble
from selftest.test_manifest import DEFAULTS

POD, ACTIVATOR = "192.0.2.1", "192.0.2.99"


@dataclass
class Api(KubeDouble):
    """Has a Service with one pod; `public` are the addresses of its public Kubernetes Service, one list each look."""

    public: list[list[str]]
    looks: int = field(default=0)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        status = {"observedGeneration": 1, "latestCreatedRevisionName": "s-1"}
        return {"kind": kind.name, "metadata": {"name": name, "generation": 1}, "spec": {}, "status": status}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        if kind is not kinds.ENDPOINT_SLICE or selector is None:
            return []
        addresses = [POD]
        if selector["networking.internal.knative.dev/serviceType"] == "Public":
            addresses = self.public[min(self.looks, len(self.public) - 1)]
            self.looks += 1
        return [{"endpoints": [{"addresses": addresses, "conditions": {"ready": True}}]}]


def service(api: Api, way: Way) -> Service:
    target = Target(
        made_up(), api, cast("HttpClient", None), Timeouts(status=0.3), cast("Lease", None)
    )  # fmt: skip
    return Service(target, "s", Spec(PAIR, way=way))


@pytest.mark.parametrize(("way", "capacity"), [(Way.THROUGH_ACTIVATOR, "-1"), (Way.PAST_ACTIVATOR, "0")])
def test_a_template_asks_for_a_way_beside_its_own_annotations(way: Way, capacity: str) -> None:
    annotations = template(Spec(PAIR, way=way), DEFAULTS, {})["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/target-burst-capacity"] == capacity
    assert annotations["autoscaling.knative.dev/min-scale"] == "1"


@pytest.mark.parametrize(
    ("addresses", "ways"),
    [
        ([POD], {Way.PAST_ACTIVATOR}),
        ([ACTIVATOR], {Way.THROUGH_ACTIVATOR}),
        ([POD, ACTIVATOR], set(Way)),
        ([], set()),
    ],
)
def test_the_way_is_seen_in_the_addresses(addresses: list[str], ways: set[Way]) -> None:
    assert service(Api([addresses]), Way.PAST_ACTIVATOR).ways() == ways


def test_a_service_is_used_when_its_requests_go_the_way_that_it_asks_for() -> None:
    api = Api([[ACTIVATOR], [POD, ACTIVATOR], [POD]])
    service(api, Way.PAST_ACTIVATOR).wait_way()
    assert api.looks == 3


def test_a_way_that_requests_do_not_go_is_untestable() -> None:
    with pytest.raises(Untestable, match="requests can't be sent past-the-activator: expected Service s"):
        service(Api([[ACTIVATOR]]), Way.PAST_ACTIVATOR).wait_way()
