"""Pods that others than Knative have changed, on a cluster that is made up."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kmc.fixtures.clients.answers import parse
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.errors import ClaimFailed, Untestable
from kmc.fixtures.service.as_written import ACCOUNT
from kmc.fixtures.service.manifest import PAIR, Spec
from kmc.fixtures.service.service import Service
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

TOKEN = {"name": "kube-api-access-x", "mountPath": ACCOUNT}
READY = [{"type": "Ready", "status": "True"}]
LIMITS = {"limits": {"memory": "48Mi"}}


def container(name: str, **fields: Any) -> Object:
    return {"name": name, "image": "r/a@sha256:1", "env": [{"name": "MINE", "value": "1"}], **fields}


@dataclass
class Api(KubeDouble):
    """Has one Service, whose pod is what Knative wrote but for `changed`, and a container of a mesh."""

    changed: dict[str, Any] = field(default_factory=dict)
    pod_spec: dict[str, Any] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    tokens: bool = True

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        status = {"observedGeneration": 1, "latestCreatedRevisionName": "s-1", "url": "http://s.example"}
        spec = {"containers": [{"name": "app"}, {"name": "helper"}]}
        return {"kind": kind.name, "metadata": {"name": name, "generation": 1}, "spec": spec, "status": status}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        found = [self._deployment()] if kind.name == "Deployment" else [self._pod()] if kind.name == "Pod" else []
        return list(parse(json.dumps(found)))

    def _deployment(self) -> Object:
        containers = [container("queue-proxy"), container("app", resources=LIMITS), container("helper")]
        return {"metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": containers, **self.template}}}}

    def _pod(self) -> Object:
        mounts = {"volumeMounts": [TOKEN]} if self.tokens else {}
        containers = [
            container("mesh"),
            *(container(name, **{**mounts, **self.changed}) for name in ("queue-proxy", "helper")),
            container("app", **{**mounts, "resources": LIMITS, **self.changed}),
        ]
        names = ("mesh", "queue-proxy", "app", "helper")
        statuses: list[Object] = [
            {"name": name, "restartCount": 7 if name == "mesh" else 0, "state": {"running": {}}} for name in names
        ]
        status = {"conditions": READY, "containerStatuses": statuses}
        return {"metadata": {"name": "p"}, "spec": {"containers": containers, **self.pod_spec}, "status": status}


class Inside:
    """Answers what a container sees in its environment."""

    def request(self, *_: Any, **__: Any) -> Any:
        return type("Answer", (), {"status": 200, "body": '{"MINE": "1", "OTHERS_SERVICE_HOST": "x"}'})


def service(api: Api) -> Service:
    http, timeouts = cast("HttpClient", Inside()), Timeouts(status=0.3)
    return Service(Target(made_up(), api, http, timeouts, cast("Lease", None)), "s", Spec(PAIR))


def test_containers_that_others_add_neither_run_nor_restart_for_the_service() -> None:
    pod = service(Api()).pod
    assert (pod.running(), pod.restarts()) == (
        {"queue-proxy", "app", "helper"},
        {"queue-proxy": 0, "app": 0, "helper": 0},
    )


def test_the_template_is_what_knative_wrote_whatever_became_of_the_pod() -> None:
    found = service(Api(changed={"image": "mirror.example/a:1", "resources": {"limits": {"memory": "1Gi"}}}))
    assert list(found.template.containers) == ["queue-proxy", "app", "helper"]
    assert found.template.containers["app"]["resources"] == LIMITS
    assert found.template.containers["app"]["image"] == "r/a@sha256:1"


def test_a_service_without_a_deployment_has_no_template() -> None:
    class NoDeployment(Api):
        def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
            return []

    with pytest.raises(ClaimFailed, match="expected a Deployment of Service s's latest revision"):
        service(NoDeployment()).template  # noqa: B018 - it looks


@pytest.mark.parametrize(
    ("changed", "field_", "words"),
    [
        ({"resources": {"limits": {"memory": "64Mi"}}}, "resources.limits.memory", "wrote '48Mi', the pod has '64Mi'"),
        ({"securityContext": {"runAsUser": 7}}, "securityContext", "wrote nothing, the pod has {'runAsUser': 7}"),
        ({"securityContext": {"runAsUser": 7}}, "securityContext.runAsUser", "wrote nothing, the pod has 7"),
    ],
)
def test_what_rests_on_a_field_that_others_have_changed_is_untestable(
    changed: dict[str, Any], field_: str, words: str
) -> None:
    service(Api()).require_as_written("app", field_)
    with pytest.raises(
        Untestable, match=f"somebody else than Knative has changed {field_} of container app: Knative {words}"
    ):
        service(Api(changed=changed)).require_as_written("app", field_)


def test_requests_that_kubernetes_takes_from_limits_are_no_change_of_the_limits() -> None:
    completed = {"resources": {**LIMITS, "requests": {"memory": "48Mi"}}}
    service(Api(changed=completed)).require_as_written("app", "resources.limits")


def test_a_pod_whose_containers_share_processes_by_others_will_is_untestable() -> None:
    with pytest.raises(Untestable, match="shareProcessNamespace of the pod: Knative wrote nothing, the pod has True"):
        service(Api(pod_spec={"shareProcessNamespace": True})).require_pod_as_written("shareProcessNamespace")


def test_a_cluster_that_gives_no_tokens_is_not_knatives_fault() -> None:
    service(Api()).require_token()
    with pytest.raises(Untestable, match="automountServiceAccountToken of the ServiceAccount default"):
        service(Api(tokens=False)).require_token()


def test_a_token_that_knative_itself_declines_is_its_fault() -> None:
    service(Api(tokens=False, template={"automountServiceAccountToken": False})).require_token()


def test_a_volume_that_others_mount_in_both_containers_is_untestable() -> None:
    service(Api()).require_no_shared_mounts("app", "helper")
    mounts = {"volumeMounts": [TOKEN, {"name": "scratch", "mountPath": "/tmp"}]}
    with pytest.raises(Untestable, match="in app and helper of pod p, so that they share files: scratch at /tmp"):
        service(Api(changed=mounts)).require_no_shared_mounts("app", "helper")


def test_variables_that_others_add_are_not_of_the_service() -> None:
    added = {"env": [{"name": "MINE", "value": "1"}, {"name": "OTHERS_SERVICE_HOST", "value": "x"}]}
    assert service(Api(changed=added)).env("app") == {"MINE": "1"}
    assert set(service(Api()).env("app")) == {"MINE", "OTHERS_SERVICE_HOST"}


def test_variables_that_others_add_by_the_map_are_untestable() -> None:
    with pytest.raises(Untestable, match="envFrom of container app"):
        service(Api(changed={"envFrom": [{"configMapRef": {"name": "more"}}]})).env("app")
