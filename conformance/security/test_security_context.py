"""Security contexts, capabilities and service account tokens of each container."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, QUEUE_PROXY, Admission, Deploy, Service, serving, sidecar, subset

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

HARDENED = {
    "runAsNonRoot": True,
    "runAsUser": 12003,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
"""Limits of a container, each of which can be seen from within it."""
SECURED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What secure-pod-defaults sets, and the level restricted of Pod Security asks for."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A hardened sidecar beside a serving container that runs as root."""
    return deploy(
        serving("app", securityContext={"runAsUser": 0}),
        sidecar("helper", securityContext=HARDENED),
    )


@pytest.fixture(scope="module")
def secured(deploy: Deploy) -> Service:
    """Containers that all drop what they can, in a pod without a service account token."""
    return deploy(
        serving("app", securityContext=SECURED),
        sidecar("helper", securityContext=SECURED),
        fields={"automountServiceAccountToken": False},
    )


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_reaches_the_pod(service: Service) -> None:
    """Every field that was set has its value."""
    context = service.pod.containers["helper"]["securityContext"]
    assert {**context, **HARDENED} == context


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_takes_effect(service: Service) -> None:
    """No capabilities, no new privileges, a read-only root file system; none of this for the serving container."""
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
    assert subset(service.pod.containers[QUEUE_PROXY]["securityContext"], hardened) == hardened


@requirement("MC-SEC-05")
def test_every_container_has_the_service_accounts_token(service: Service) -> None:
    """It is that of the pod."""
    assert "token" in (service.container("app").entries(ACCOUNT) or [])
    assert "token" in (service.container("helper").entries(ACCOUNT) or [])


@requirement("MC-SEC-05")
def test_no_container_has_a_token_that_the_service_declines(secured: Service) -> None:
    """The setting applies to the whole pod."""
    assert secured.container("app").entries(ACCOUNT) is None
    assert secured.container("helper").entries(ACCOUNT) is None


@requirement("MC-SEC-06")
def test_a_secured_pod_meets_the_restricted_level(secured: Service) -> None:
    """Knative adds nothing that the strictest level of Pod Security, restricted, forbids."""
    pod = secured.pod
    for name in ("app", "helper", QUEUE_PROXY):
        assert subset(pod.containers[name]["securityContext"], SECURED) == SECURED
    assert not {"hostNetwork", "hostPID", "hostIPC"} & {field for field, value in pod.spec.items() if value}
    assert not [volume for volume in pod.spec.get("volumes", []) if "hostPath" in volume]


@requirement("MC-SEC-06")
def test_a_rejected_pod_is_reported(deploy_once: Deploy) -> None:
    """Here since its service account does not exist: Pod Security rejects pods in the same way."""
    service = deploy_once(*PAIR, fields={"serviceAccountName": "kmc-absent"}, ready=False)
    revision = service.wait_revision_condition("Ready", "False", within=service.timeouts.failure)
    refused = revision.condition("ResourcesAvailable")
    assert (refused.status, refused.reason) == ("False", "FailedCreate")
    assert "kmc-absent" in refused.message
    service.wait_condition("Ready", "False")


@requirement("MC-SEC-02")
def test_every_container_is_secured_by_default(admission: Admission) -> None:
    """In what it does not set itself."""
    own = sidecar("second", listen=8883, securityContext={"allowPrivilegeEscalation": True})
    stored = admission.containers_as_stored(*PAIR, own)
    assert [stored[name]["securityContext"] for name in ("app", "helper")] == [SECURED, SECURED]
    assert stored["second"]["securityContext"] == {**SECURED, "allowPrivilegeEscalation": True}


@requirement("MC-SEC-07")
def test_an_init_container_is_secured_by_default(admission: Admission) -> None:
    """Like the other containers."""
    stored = admission.assert_accepted(*PAIR, init_containers=[sidecar("first")])
    assert stored["spec"]["template"]["spec"]["initContainers"][0]["securityContext"] == SECURED


@requirement("MC-SEC-03")
def test_only_a_declared_low_port_may_be_bound(admission: Admission) -> None:
    """The serving container gets the capability by default, a sidecar does not."""
    stored = admission.containers_as_stored(serving("app", port=80), sidecar("helper"))
    assert stored["app"]["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert stored["helper"]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
