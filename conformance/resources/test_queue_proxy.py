"""Resources that a gate gives to queue-proxy."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import QUEUE_PROXY, Deploy, resources, serving, sidecar

OWN = {"requests": {"cpu": "11m", "memory": "21Mi"}, "limits": {"cpu": "900m", "memory": "201Mi"}}


@requirement("MC-RES-06")
def test_only_queue_proxy_gets_its_default_resources(deploy: Deploy) -> None:
    """The other containers keep those that they ask for."""
    service = deploy(serving("app", resources=OWN), sidecar("helper", resources=OWN))
    containers = service.template.containers
    assert {"cpu-request", "memory-request", "cpu-limit", "memory-limit"} <= set(resources(containers[QUEUE_PROXY]))
    assert [containers[name]["resources"] for name in ("app", "helper")] == [OWN, OWN]
