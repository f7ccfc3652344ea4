"""What a plain Service gets by the defaults of a platform, as a webhook that is made up gives it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.errors import ApiError, Untestable
from kmc.fixtures.service.deploy import Deploy
from kmc.fixtures.service.gate_proofs import PROVABLE, provable, prove
from kmc.fixtures.service.given_defaults import GivenDefaults, given_defaults
from kmc.fixtures.service.manifest import INITIAL_SCALE, PAIR, Spec, service_manifest, template
from kmc.fixtures.target import gates
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.pod_defaults import PodDefaults
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from kmc.fixtures.versions import Releases
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

DEFAULTS = PodDefaults({"servingcontainer": "s", "sidecarcontainer": "h"}, 20, pod={"containerConcurrency": 5})
REQUESTS = {"requests": {"cpu": "5m"}}
FORBIDDEN = 'validation callback failed: dry run failed with pods "p" is forbidden: must specify limits.cpu'


@dataclass
class Webhook(KubeDouble):
    """Fills in what a Service leaves out, and refuses those that contain a word."""

    given: Mapping[str, Any] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    asked: int = 0

    def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
        assert dry_run
        self.asked += 1
        for word, message in self.refusals.items():
            if word in str(body):
                raise ApiError(400, "BadRequest", f'admission webhook "x.knative.dev" denied the request: {message}')
        stored: Any = copy.deepcopy(body)
        spec = {"enableServiceLinks": False, **self.given, **stored["spec"]["template"]["spec"]}
        container = spec["containers"][0]
        spec["containers"] = [{"name": "user-container", "resources": REQUESTS, **container}]
        stored["spec"]["template"]["spec"] = spec
        return Reply(stored)


def found(webhook: Webhook) -> GivenDefaults:
    return given_defaults(webhook, "apps", DEFAULTS, 1000)


def test_what_the_platform_gives_is_seen() -> None:
    assert found(Webhook()) == GivenDefaults("user-container", service_links=False, resources=("cpu-request",))
    assert found(Webhook({"enableServiceLinks": None})).service_links


def test_nothing_is_asked_twice() -> None:
    found(webhook := Webhook())
    assert webhook.asked == 1


def test_limits_of_requests_are_taken_back() -> None:
    limits = {"containerConcurrency": 1, "idleTimeoutSeconds": 5, "responseStartTimeoutSeconds": 2}
    assert found(Webhook(limits)).fields == dict.fromkeys(limits, 0)


def test_where_requests_must_be_limited_the_limit_is_the_highest() -> None:
    refusals = {"'containerConcurrency': 0": "expected 1 <= 0 <= 1000: spec.template.spec.containerConcurrency"}
    assert found(Webhook({"containerConcurrency": 1}, refusals)).fields == {"containerConcurrency": 1000}


def test_a_namespace_that_demands_resources_hides_only_their_defaults() -> None:
    class Quota(Webhook):
        def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
            if "resources" not in body["spec"]["template"]["spec"]["containers"][0]:
                raise ApiError(400, "BadRequest", FORBIDDEN)
            return super().create(kind, namespace, body, dry_run=dry_run)

    assert found(Quota()) == GivenDefaults("user-container", service_links=False, resources=None)


def test_a_namespace_that_takes_no_pod_shows_nothing() -> None:
    assert found(Webhook(refusals={"kmc-preflight": FORBIDDEN})) == GivenDefaults()


def test_an_api_server_that_does_not_judge_is_no_answer() -> None:
    class Down(KubeDouble):
        def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
            raise ApiError(503, "ServiceUnavailable", "down")

    with pytest.raises(ApiError, match="503"):
        given_defaults(Down(), "apps", DEFAULTS, 1000)


def test_services_say_themselves_what_a_platform_may_have_set_otherwise() -> None:
    made = template(Spec(PAIR), DEFAULTS, {})["metadata"]["annotations"]
    assert (made[INITIAL_SCALE], made["serving.knative.dev/no-gc"]) == ("1", "true")
    other = template(Spec(PAIR, annotations={INITIAL_SCALE: "3"}), DEFAULTS, {})["metadata"]["annotations"]
    assert other[INITIAL_SCALE] == "3"
    service = service_manifest({"name": "s"}, Spec(PAIR), DEFAULTS)
    assert service["metadata"]["annotations"]["serving.knative.dev/rollout-duration"] == "0s"


def test_no_request_is_asked_to_take_longer_than_a_platform_allows() -> None:
    class Limited(Webhook):
        def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
            asked = body["spec"]["template"]["spec"]["timeoutSeconds"]
            if asked > 45:
                words = f"validation failed: expected 0 <= {asked} <= 45: spec.template.spec.timeoutSeconds"
                raise ApiError(400, "BadRequest", f'admission webhook "x.knative.dev" denied the request: {words}')
            return super().create(kind, namespace, body, dry_run=dry_run)

    found = given_defaults(Limited(), "apps", DEFAULTS, 1000)
    assert (found.fields, found.container_name) == ({"timeoutSeconds": 45}, "user-container")
    limited = replace(DEFAULTS, pod=found.fields)
    assert template(Spec(PAIR), limited, {})["spec"]["timeoutSeconds"] == 45
    assert template(Spec(PAIR, timeout_seconds=60), limited, {})["spec"]["timeoutSeconds"] == 60


@pytest.mark.parametrize(
    "message",
    [
        "validation failed: expected 0 <= 90 <= 60: spec.template.spec.timeoutSeconds",
        "validation failed: expected 1 <= 3 <= 2: autoscaling.knative.dev/max-scale",
    ],
)
def test_a_limit_of_the_platform_is_not_knatives_fault(message: str) -> None:
    class Refusing(Webhook):
        def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
            raise ApiError(
                400, "BadRequest", f'admission webhook "v.serving.knative.dev" denied the request: {message}'
            )

        def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
            return []

    lease = Lease("one", "apps", "uid")
    target = Target(made_up(), Refusing(), cast("Any", None), Timeouts(), lease)
    with pytest.raises(
        Untestable, match="the platform's settings limit what a Service may ask for: .*" + message[19:30]
    ):
        Deploy(target, "scope")(*PAIR)


@pytest.mark.parametrize("key", [gates.CLAIMS, gates.CLAIMS_WRITE])
def test_gates_of_persistent_volumes_are_proved(key: str) -> None:
    words = {
        gates.CLAIMS: "Persistent volume claim support is disabled, but found persistent volume claim papers",
        gates.CLAIMS_WRITE: "Persistent volume write support is disabled, but found persistent volume claim papers",
    }
    assert prove(Webhook(), "apps", DEFAULTS, key)
    assert prove(Webhook(refusals={"papers": words[key]}), "apps", DEFAULTS, key) is False


def test_gates_that_can_not_be_read_are_proved_in_an_order_that_works() -> None:
    known = {key: gates.hidden(gate) for key, gate in gates.read({}, Releases.named("1.23.0")).items()}
    for key in PROVABLE:
        assert provable(key, known)
        known[key] = gates.proved(known[key], on=True)
