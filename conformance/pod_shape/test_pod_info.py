"""What a gate tells queue-proxy about its pod."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, QUEUE_PROXY, Deploy

ANNOTATIONS = {"path": "annotations", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.annotations"}}


@requirement("MC-POD-16")
def test_only_queue_proxy_has_the_pods_annotations(deploy: Deploy) -> None:
    """As a volume of the pod, which is mounted in no other container."""
    template = deploy(*PAIR).template
    infos = [
        each["name"] for each in template.spec["volumes"] if ANNOTATIONS in each.get("downwardAPI", {}).get("items", [])
    ]
    assert len(infos) == 1
    mounting = {
        name
        for name, container in template.containers.items()
        if any(each["name"] in infos for each in container.get("volumeMounts", []))
    }
    assert mounting == {QUEUE_PROXY}
