"""What a container sees beyond itself, where a gate allows it: fields of its pod, processes of the others."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, serving, sidecar

PAIR = (serving("app"), sidecar("helper"))


@requirement("MC-ENV-09")
def test_a_sidecar_can_be_told_of_its_pod(deploy: Deploy) -> None:
    """By references to fields of the pod, which mean the same in every container."""
    references = [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    service = deploy(*(container.with_variables(*references) for container in PAIR))
    pod = service.pod
    for name in ("app", "helper"):
        env = service.container(name).env()
        assert (env["POD_NAME"], env["POD_IP"]) == (pod.name, pod.status["podIP"])


@requirement("MC-ENV-11")
def test_containers_can_see_each_others_processes(deploy: Deploy) -> None:
    """Where the Service asks for one process namespace."""
    service = deploy(*PAIR, fields={"shareProcessNamespace": True})
    assert {"servingcontainer", "sidecarcontainer"} <= service.container("app").programs()
    assert {"servingcontainer", "sidecarcontainer"} <= service.container("helper").programs()
