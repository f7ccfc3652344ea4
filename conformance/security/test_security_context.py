"""Security contexts, capabilities and service account tokens of each container."""

from collections.abc import Mapping
from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    PAIR,
    QUEUE_PROXY,
    RESTRICTED,
    Admission,
    Deploy,
    Facts,
    Service,
    serving,
    sidecar,
    subset,
)

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

HARDENED = {
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
"""Limits of a container, each of which can be seen from within it."""

UNRESTRICTED = {"runAsUser": 0, "runAsNonRoot": False, "allowPrivilegeEscalation": True, "capabilities": {}}
"""The context of a root container that keeps what it has, also where Knative restricts what a container leaves out."""

SILENT = (serving("app", securityContext=None), sidecar("helper", securityContext=None))
"""Containers that leave their security to the platform."""


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts) -> Service:
    """A hardened sidecar beside a serving container that runs as root."""
    return deploy(
        serving("app", securityContext=UNRESTRICTED),
        sidecar("helper", securityContext={**HARDENED, "runAsUser": facts.users[2]}),
    )


@pytest.fixture(scope="module")
def secured(deploy: Deploy) -> Service:
    """Containers that all drop what they can, in a pod without a service account token."""
    return deploy(
        *PAIR,
        fields={"automountServiceAccountToken": False},
    )


@pytest.fixture(scope="module")
def plain(deploy: Deploy) -> Service:
    """Containers that every namespace accepts, with whatever token the platform gives."""
    return deploy(*PAIR)


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_reaches_the_pod(service: Service, facts: Facts) -> None:
    """Every field that was set has its value."""
    context = service.template.containers["helper"]["securityContext"]
    assert {**context, **HARDENED, "runAsUser": facts.users[2]} == context


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_takes_effect(service: Service) -> None:
    """No capabilities, no new privileges, a read-only root file system; none of this for the serving container."""
    service.require_as_written("helper", "securityContext")
    service.require_as_written("app", "securityContext")
    helper, app = service.container("helper"), service.container("app")
    limits = helper.user()
    assert (int(limits["capabilities"]["bounding"], 16), limits["no_new_privs"]) == (0, True)
    assert helper.write("/file", "text").errno == "EROFS"
    assert int(app.user()["capabilities"]["bounding"], 16) > 0
    assert app.write("/file", "text").ok


@requirement("MC-SEC-04")
def test_queue_proxy_is_hardened_beside_a_root_container(service: Service) -> None:
    """The serving container beside it runs as root."""
    hardened = {
        "runAsNonRoot": True,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert subset(service.template.containers[QUEUE_PROXY]["securityContext"], hardened) == hardened


@requirement("MC-SEC-05")
def test_every_container_has_the_service_accounts_token(plain: Service) -> None:
    """It is that of the pod."""
    plain.require_token()
    assert "token" in (plain.container("app").entries(ACCOUNT) or [])
    assert "token" in (plain.container("helper").entries(ACCOUNT) or [])


@requirement("MC-SEC-05")
def test_no_container_has_a_token_that_the_service_declines(secured: Service) -> None:
    """The setting applies to the whole pod."""
    assert secured.container("app").entries(ACCOUNT) is None
    assert secured.container("helper").entries(ACCOUNT) is None


@requirement("MC-SEC-06")
def test_a_secured_pod_meets_the_restricted_level(secured: Service) -> None:
    """Knative adds nothing that the strictest level of Pod Security, restricted, forbids."""
    template = secured.template
    for name in ("app", "helper", QUEUE_PROXY):
        assert subset(template.containers[name]["securityContext"], RESTRICTED) == RESTRICTED
    assert not {"hostNetwork", "hostPID", "hostIPC"} & {field for field, value in template.spec.items() if value}
    assert not [volume for volume in template.spec.get("volumes", []) if "hostPath" in volume]


@requirement("MC-SEC-06")
def test_a_rejected_pod_is_reported(deploy_once: Deploy) -> None:
    """Here since its service account does not exist: Pod Security rejects pods in the same way."""
    service = deploy_once(*PAIR, fields={"serviceAccountName": "kmc-absent"}, blocked="kmc-absent", ready=False)
    revision = service.wait_revision_condition("Ready", "False", within=service.timeouts.failure)
    refused = revision.condition("ResourcesAvailable")
    assert (refused.status, refused.reason) == ("False", "FailedCreate")
    assert "kmc-absent" in refused.message
    service.wait_condition("Ready", "False")


@pytest.fixture
def by_default(facts: Facts) -> Mapping[str, Any]:
    """What secure-pod-defaults gives a container. AllowRootBounded, a value since 1.20, leaves the user to it."""
    with_user = facts.declared_value("secure-pod-defaults") == "Enabled"
    return {field: value for field, value in RESTRICTED.items() if with_user or field != "runAsNonRoot"}


@requirement("MC-SEC-02")
def test_every_container_is_secured_by_default(admission: Admission, by_default: Mapping[str, Any]) -> None:
    """In what it does not set itself."""
    own = sidecar("second", listen=8883, securityContext={"allowPrivilegeEscalation": True})
    stored = admission.containers_as_stored(*SILENT, own)
    assert [stored[name]["securityContext"] for name in ("app", "helper")] == [by_default, by_default]
    assert stored["second"]["securityContext"] == {**by_default, "allowPrivilegeEscalation": True}


@requirement("MC-SEC-08")
def test_a_containers_own_say_in_its_user_is_kept(admission: Admission) -> None:
    """One that may run as root beside one that leaves it to the platform."""
    may_be_root = sidecar("second", listen=8883, securityContext={"runAsNonRoot": False})
    stored = admission.containers_as_stored(*SILENT, may_be_root)
    assert stored["second"]["securityContext"]["runAsNonRoot"] is False


@requirement("MC-SEC-07")
def test_an_init_container_is_secured_by_default(admission: Admission, by_default: Mapping[str, Any]) -> None:
    """Like the other containers."""
    stored = admission.assert_accepted(*SILENT, init_containers=[sidecar("first", securityContext=None)])
    assert stored["spec"]["template"]["spec"]["initContainers"][0]["securityContext"] == by_default


@requirement("MC-SEC-03")
def test_only_a_declared_low_port_may_be_bound(admission: Admission) -> None:
    """The serving container gets the capability by default, a sidecar does not."""
    stored = admission.containers_as_stored(serving("app", port=80, securityContext=None), SILENT[1])
    assert stored["app"]["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert stored["helper"]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
