"""Security contexts: each container's own."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import QUEUE_PROXY, Admission, Deploy, Service, serving, sidecar, subset

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

HARDENED = {
    "runAsNonRoot": True,
    "runAsUser": 12003,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}

SECURED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A hardened sidecar beside a serving container that runs as root."""
    return deploy(
        serving("app", securityContext={"runAsUser": 0}),
        sidecar("helper", securityContext=HARDENED),
    )


@pytest.fixture(scope="module")
def secured(deploy: Deploy) -> Service:
    """Containers that all give up what they can, and the pod's token."""
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
    """No capability, no new privileges, no writing to the root file system; the serving container is not limited so."""
    helper, app = service.container("helper"), service.container("app")
    limits = helper.user()
    assert (int(limits["capabilities"]["bounding"], 16), limits["no_new_privs"]) == (0, True)
    assert helper.write("/file", "text").errno == "EROFS"
    assert int(app.user()["capabilities"]["bounding"], 16) > 0
    assert app.write("/file", "text").ok


@requirement("MC-SEC-04")
def test_the_proxy_is_secured_whatever_the_other_containers_are(service: Service) -> None:
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
    """That of the pod, unless the Service declines it."""
    assert "token" in (service.container("app").entries(ACCOUNT) or [])
    assert "token" in (service.container("helper").entries(ACCOUNT) or [])


@requirement("MC-SEC-05")
def test_no_container_has_the_token_where_it_is_declined(secured: Service) -> None:
    """One setting is for the whole pod."""
    assert secured.container("app").entries(ACCOUNT) is None
    assert secured.container("helper").entries(ACCOUNT) is None


@requirement("MC-SEC-06")
def test_a_pod_of_secured_containers_is_allowed_everywhere(secured: Service) -> None:
    """Knative adds nothing that the strictest level of Pod Security, restricted, forbids."""
    pod = secured.pod
    for name in ("app", "helper", QUEUE_PROXY):
        assert subset(pod.containers[name]["securityContext"], SECURED) == SECURED
    assert not {"hostNetwork", "hostPID", "hostIPC"} & {field for field, value in pod.spec.items() if value}
    assert not [volume for volume in pod.spec.get("volumes", []) if "hostPath" in volume]


@requirement("MC-SEC-06")
def test_a_pod_that_is_refused_is_told(deploy_once: Deploy) -> None:
    """Here for a service account that is not there: Pod Security's refusals come the same way."""
    service = deploy_once(serving("app"), sidecar("helper"), fields={"serviceAccountName": "kmc-absent"}, ready=False)
    revision = service.wait_revision(
        lambda seen: seen.condition("Ready").status == "False", expect="Ready=False", within=service.timeouts.failure
    )
    refused = revision.condition("ResourcesAvailable")
    assert (refused.status, refused.reason) == ("False", "FailedCreate")
    assert "kmc-absent" in refused.message
    service.wait_until(lambda seen: seen.condition("Ready").status == "False", expect="Ready=False")


@requirement("MC-SEC-02")
def test_every_container_is_secured_by_default(admission: Admission) -> None:
    """In what it does not say itself."""
    own = sidecar("second", listen=8883, securityContext={"allowPrivilegeEscalation": True})
    stored = admission.containers_as_stored(serving("app"), sidecar("helper"), own)
    assert [stored[name]["securityContext"] for name in ("app", "helper")] == [SECURED, SECURED]
    assert stored["second"]["securityContext"] == {**SECURED, "allowPrivilegeEscalation": True}


@requirement("MC-SEC-07")
def test_an_init_container_is_secured_by_default(admission: Admission) -> None:
    """As the others are."""
    stored = admission.accepts(serving("app"), sidecar("helper"), init_containers=[sidecar("first")])
    assert stored["spec"]["template"]["spec"]["initContainers"][0]["securityContext"] == SECURED


@requirement("MC-SEC-03")
def test_only_who_declares_a_low_port_may_bind_one(admission: Admission) -> None:
    """The serving container's default capabilities have the right, a sidecar's do not."""
    stored = admission.containers_as_stored(serving("app", port=80), sidecar("helper"))
    assert stored["app"]["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert stored["helper"]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
