"""Where an Ingress' backend is found: the addresses behind a Service port and the protocol spoken there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kmc.clusters.embedded.ingress.objects import Json

H2C_NAMES = ("http2", "h2c")
H2C_PROTOCOL = "kubernetes.io/h2c"

_IN_CLUSTER = re.compile(r"^(?P<service>[^.]+)\.(?P<namespace>[^.]+)\.svc(\.|$)")


class BackendMissingError(LookupError):
    """A backend can't be routed to; the message says what is missing."""


@dataclass(frozen=True, order=True)
class Ref:
    """A Service port as an Ingress names it; `port` is a number or a name."""

    namespace: str
    service: str
    port: str

    @property
    def name(self) -> str:
        """The name of the Envoy cluster for it."""
        return f"{self.namespace}/{self.service}:{self.port}"


@dataclass(frozen=True)
class Backend:
    """Addresses (host, port), possibly none at the moment, and whether HTTP/2 is spoken there."""

    endpoints: tuple[tuple[str, int], ...]
    http2: bool


@dataclass(frozen=True)
class Directory:
    """All Services, and their EndpointSlices, by `namespace/name` of the Service.

    Endpoints are read here and not left to kube-proxy behind the ClusterIP: requests are then balanced one by one
    (a kept connection to a ClusterIP stays with one pod), and a change is followed without kube-proxy's delay.
    """

    services: Mapping[str, Json]
    slices: Mapping[str, Sequence[Json]]

    def find(self, ref: Ref) -> Backend:
        """Find the backend. Raises BackendMissingError when the Service or its port doesn't exist."""
        service, port = self._port(ref)
        http2 = port.get("name") in H2C_NAMES or port.get("appProtocol") == H2C_PROTOCOL
        if service["spec"].get("type") != "ExternalName":
            return Backend(self._endpoints(ref, port), http2)
        target = _IN_CLUSTER.match(service["spec"]["externalName"])
        if not target:
            raise BackendMissingError(
                f"Service {ref.namespace}/{ref.service} is an ExternalName outside the cluster "
                f"({service['spec']['externalName']}); only names of Services in the cluster can be routed to"
            )
        inner = Ref(target["namespace"], target["service"], str(port["port"]))
        return Backend(self._endpoints(inner, self._port(inner)[1]), http2)

    def _port(self, ref: Ref) -> tuple[Json, Json]:
        service = self.services.get(f"{ref.namespace}/{ref.service}")
        if service is None:
            raise BackendMissingError(f"Service {ref.namespace}/{ref.service} does not exist")
        for port in service["spec"].get("ports", []):
            if ref.port in (str(port["port"]), port.get("name")):
                return service, port
        raise BackendMissingError(f"Service {ref.namespace}/{ref.service} has no port {ref.port}")

    def _endpoints(self, ref: Ref, port: Json) -> tuple[tuple[str, int], ...]:
        wanted = port.get("name") or ""
        ready: set[tuple[str, int]] = set()
        draining: set[tuple[str, int]] = set()
        for item in self.slices.get(f"{ref.namespace}/{ref.service}", ()):
            numbers = [entry["port"] for entry in item.get("ports") or () if (entry.get("name") or "") == wanted]
            for endpoint in item.get("endpoints") or ():
                conditions = endpoint.get("conditions", {})
                found = {(address, number) for address in endpoint["addresses"] for number in numbers}
                if conditions.get("ready") is not False:  # unset means ready
                    ready |= found
                elif conditions.get("serving"):
                    draining |= found
        # As kube-proxy does: terminating pods are better than nobody.
        return tuple(sorted(ready or draining))
