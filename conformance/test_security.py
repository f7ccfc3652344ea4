"""Security contexts: each container's own."""

import pytest

from fixtures.deploy import Deploy
from fixtures.manifest import serving, sidecar
from fixtures.requirements import requirement
from fixtures.service import Service

HARDENED = {
    "runAsNonRoot": True,
    "runAsUser": 12003,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """A hardened sidecar beside a serving container that runs as root."""
    return deploy(
        serving("app", securityContext={"runAsUser": 0}),
        sidecar("helper", securityContext=HARDENED),
    )


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_reaches_the_pod(service: Service) -> None:
    """Every field that was set has its value."""
    context = service.pod.containers["helper"]["securityContext"]
    assert {**context, **HARDENED} == context


@requirement("MC-SEC-01")
def test_a_sidecars_security_context_takes_effect(service: Service) -> None:
    """No capability, no new privileges, no writing to the root file system; the serving container is not limited so."""
    helper, app = service.inside("helper"), service.inside("app")
    limits = helper.user()
    assert (int(limits["capabilities"]["bounding"], 16), limits["no_new_privs"]) == (0, True)
    assert helper.write("/file", "text").errno == "EROFS"
    assert int(app.user()["capabilities"]["bounding"], 16) > 0
    assert app.write("/file", "text").ok
