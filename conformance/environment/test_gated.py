"""What containers see beyond themselves where a gate allows it: the pod's fields, other processes, the node."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import ON_NO_NODE, PAIR, Deploy, serving, sidecar


@requirement("MC-ENV-09")
def test_field_references_give_the_fields_of_the_pod(deploy: Deploy) -> None:
    """They mean the same in every container."""
    references = [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    service = deploy(*(container.with_variables(*references) for container in PAIR))
    pod = service.pod
    for name in ("app", "helper"):
        env = service.env(name)
        assert (env["POD_NAME"], env["POD_IP"]) == (pod.name, pod.status["podIP"])


@requirement("MC-ENV-11")
def test_containers_can_share_one_process_namespace(deploy: Deploy) -> None:
    """Where the Service asks for one process namespace."""
    service = deploy(*PAIR, fields={"shareProcessNamespace": True})
    assert {"servingcontainer", "sidecarcontainer"} <= service.container("app").programs()
    assert {"servingcontainer", "sidecarcontainer"} <= service.container("helper").programs()


@requirement("MC-ENV-13")
@pytest.mark.parametrize("field", ["hostIPC", "hostPID", "hostNetwork"])
def test_containers_can_use_the_nodes_namespaces(deploy: Deploy, field: str) -> None:
    """The field reaches the pod, which is not started: it would share the ports of the node."""
    app = serving("app", resources=ON_NO_NODE)
    service = deploy(app, sidecar("helper"), fields={field: True}, blocked="no node has room", ready=False)
    seen = {each: service.template.spec.get(each, False) for each in ("hostIPC", "hostPID", "hostNetwork")}
    assert seen == {"hostIPC": False, "hostPID": False, "hostNetwork": False} | {field: True}
