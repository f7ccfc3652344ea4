"""Images that Knative can't resolve: with sidecars only, or without them, too."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.service.manifest import PAIR, Spec
from kmc.fixtures.service.service import Service
from kmc.fixtures.service.tag_control import unresolved_alone
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

TAG = made_up().tags["sidecarcontainer"]
X509 = f'Revision "s-1" failed with message: Unable to fetch image "{TAG}": failed to resolve image to digest: x509.'


@dataclass
class Api(KubeDouble):
    """Has the Service `s`, which is not Ready, and controls, which are or are not."""

    message: str = X509
    control_message: str = X509
    created: list[Object] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        message = self.message if name == "s" else self.control_message
        ready = {
            "type": "Ready",
            "status": "False" if message else "True",
            "reason": "RevisionFailed",
            "message": message,
        }
        status = {"observedGeneration": 1, "conditions": [ready]}
        return {"kind": kind.name, "metadata": {"name": name, "generation": 1}, "status": status}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        return []

    def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
        self.created.append(body)
        return Reply(body)

    def delete(self, kind: Kind, namespace: str, name: str, *, grace: int | None = None) -> bool:
        self.deleted.append(name)
        return True


def explained(api: Api) -> str:
    lease, timeouts = Lease("one", "apps", "uid"), Timeouts(status=0.3)
    target = Target(made_up(), api, cast("Any", None), timeouts, lease)
    return unresolved_alone(target, [Service(target, "s", Spec(PAIR))])


def test_an_image_that_is_not_resolved_alone_either_is_no_fault_of_several_containers() -> None:
    api = Api()
    alone = "Knative can't resolve the image in a Service of one container either: Unable to fetch image"
    assert explained(api) == f'{alone} "{TAG}": failed to resolve image to digest: x509.)'
    containers = api.created[0]["spec"]["template"]["spec"]["containers"]
    assert [each["image"] for each in containers] == [TAG]
    assert api.deleted == [api.created[0]["metadata"]["name"]]


def test_an_image_that_is_resolved_alone_is_a_fault_of_several_containers() -> None:
    assert explained(Api(control_message="")) == ""


@pytest.mark.parametrize("message", ["", X509.replace(":t", ":absent")])
def test_what_else_is_not_ready_needs_no_control(message: str) -> None:
    api = Api(message=message)
    assert (explained(api), api.created) == ("", [])
