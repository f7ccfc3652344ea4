"""The objects of the way in: the Services in front of the ingress, which is a process of the node."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kmc.clusters.embedded import sandbox
from kmc.clusters.embedded.api import Kubectl
from kmc.clusters.shapes import Gateway

Object = dict[str, Any]
HTTP = 80
HTTPS = 443
LOCAL_PORT = 8081
EVERYWHERE = "0.0.0.0"  # noqa: S104 - all addresses of the cluster's own network namespace
_LOCAL = "-local"
"""What the Service for cluster-local hosts has behind its name."""


def objects(gateway: Gateway, pod_image: str, *, namespace_exists: bool) -> Iterator[Object]:
    """Yield what stands before the ingress. Endpoints are written by hand, unless there is a pod for them."""
    public = {"http2": HTTP, **({"https": HTTPS} if gateway.https else {})}
    if not namespace_exists:
        yield _object("v1", "Namespace", {"name": gateway.namespace})
    yield from _service(gateway, gateway.service, gateway.service_type, {port: port for port in public.values()})
    yield from _service(gateway, gateway.service + _LOCAL, "ClusterIP", {HTTP: LOCAL_PORT})
    if gateway.pod:
        yield _pod(gateway, pod_image)


def give_address(kubectl: Kubectl, gateway: Gateway) -> None:
    """Do the work of a load balancer's controller: write the address into the Service's status."""
    if gateway.service_type != "LoadBalancer":
        return
    address = {"status": {"loadBalancer": {"ingress": [{"ip": sandbox.INGRESS_ADDRESS, "ipMode": "Proxy"}]}}}
    target = ["service", gateway.service, f"--namespace={gateway.namespace}"]
    kubectl("patch", *target, "--subresource=status", "--type=merge", f"--patch={json.dumps(address)}")


def _service(gateway: Gateway, name: str, kind: str, ports: Mapping[int, int]) -> Iterator[Object]:
    metadata = {"name": name, "namespace": gateway.namespace}
    listed = [{"name": f"port-{port}", "port": port, "targetPort": target} for port, target in ports.items()]
    behind_pod = gateway.pod and name == gateway.service
    selector = {"selector": {"app": gateway.service}} if behind_pod else {}
    yield _object("v1", "Service", metadata, spec={"type": kind, "ports": listed, **selector})
    if not behind_pod:
        labels = {"kubernetes.io/service-name": name}
        yield _object(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            {**metadata, "labels": labels},
            addressType="IPv4",
            ports=[{"name": f"port-{port}", "port": target} for port, target in ports.items()],
            endpoints=[{"addresses": [sandbox.INGRESS_ADDRESS], "conditions": {"ready": True}}],
        )


def _pod(gateway: Gateway, image: str) -> Object:
    metadata = {"name": gateway.service, "namespace": gateway.namespace, "labels": {"app": gateway.service}}
    containers = [{"name": "gateway", "image": image}]
    return _object("v1", "Pod", metadata, spec={"hostNetwork": True, "containers": containers})


def _object(version: str, kind: str, metadata: Mapping[str, Any], **rest: object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}
