"""Ingresses, Services and EndpointSlices for the tests of the ingress controller."""

from kmc.clusters.embedded.ingress.objects import Json

CLASS = "test.ingress.networking.knative.dev"


def split(service: str, percent: int = 100, port: int | str = 80, **append: str) -> Json:
    backend = {"serviceNamespace": "ns", "serviceName": service, "servicePort": port, "percent": percent}
    return backend | {"appendHeaders": append}


def rule(hosts: list[str], *paths: Json, visibility: str = "ExternalIP") -> Json:
    return {"hosts": hosts, "visibility": visibility, "http": {"paths": list(paths)}}


def ingress(name: str, *rules: Json, generation: int = 1, created: str = "2026-01-01T00:00:00Z") -> Json:
    metadata = {
        "namespace": "ns",
        "name": name,
        "uid": f"uid-{name}",
        "generation": generation,
        "creationTimestamp": created,
        "annotations": {"networking.knative.dev/ingress.class": CLASS},
    }
    return {"metadata": metadata, "spec": {"rules": list(rules)}}


def simple(name: str, host: str, service: str, **append: str) -> Json:
    return ingress(name, rule([host], {"splits": [split(service, 100, 80, **append)]}))


def service(name: str, port_name: str = "http", **port: str) -> Json:
    spec = {"type": "ClusterIP", "ports": [{"name": port_name, "port": 80} | port]}
    return {"metadata": {"namespace": "ns", "name": name}, "spec": spec}


def endpoint_slice(service_name: str, port: int, *addresses: str, port_name: str = "http", **conditions: bool) -> Json:
    return {
        "metadata": {
            "namespace": "ns",
            "name": f"{service_name}-1",
            "labels": {"kubernetes.io/service-name": service_name},
        },
        "ports": [{"name": port_name, "port": port}],
        "endpoints": [{"addresses": [address], "conditions": conditions} for address in addresses],
    }
