"""What a container sees beyond itself where a gate allows it: fields of its pod, processes of the other containers."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy


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
