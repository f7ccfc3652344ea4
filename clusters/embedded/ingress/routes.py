"""From Ingress objects to Envoy's virtual hosts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kmc.clusters.embedded.ingress.backends import Ref
from kmc.clusters.embedded.ingress.network_hash import HEADER, OVERRIDE, network_hash
from kmc.clusters.embedded.ingress.objects import Json, key

CLUSTER_LOCAL = "ClusterLocal"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(r"(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)")


@dataclass
class Routing:
    """What Envoy shall serve: virtual hosts of either listener; `refused` has by Ingress why it is not served whole.

    Cluster-local rules are on the local listener only, external ones on both.
    """

    public: list[Json] = field(default_factory=list)
    local: list[Json] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def references(ingress: Json) -> set[Ref]:
    """Return all backends of the Ingress."""
    return {_ref(split) for path in _paths(ingress) for split in path.get("splits") or ()}


def objection(ingress: Json) -> str | None:
    """Say why the Ingress can't be served, or None. Envoy refuses a whole configuration for one bad entry of it."""
    if ingress["spec"].get("tls"):
        return "TLS is asked for, and this ingress serves plain HTTP only; remove spec.tls"
    for host in _hosts(ingress):
        if not _HOST.fullmatch(host):
            return f"host {host!r} is no host name"
    for path in _paths(ingress):
        prefix = path.get("path") or "/"
        if not prefix.startswith("/"):
            return f"path {prefix!r} does not start with '/'"
        if not _weights(path):
            return f"path {prefix!r} has no split with a percentage above 0"
        for name, value in _headers(path):
            if not _HEADER_NAME.fullmatch(name) or name.lower() == "host" or any(char in value for char in "\r\n\0"):
                return f"header {name!r} can't be set to {value!r}"
    return None


def route(ingresses: Iterable[Json]) -> Routing:
    """Translate Ingresses without objection; of two that claim the same host the first one keeps it."""
    routing = Routing()
    taken_public: dict[str, str] = {}
    taken_local: dict[str, str] = {}
    for ingress in ingresses:
        owner = key(ingress)
        digest = network_hash(ingress)
        for index, rule in enumerate(ingress["spec"].get("rules") or ()):
            listeners = [(routing.local, taken_local)]
            if rule.get("visibility") != CLUSTER_LOCAL:
                listeners.append((routing.public, taken_public))
            for hosts, taken in listeners:
                wanted = list(dict.fromkeys(host.lower() for host in rule.get("hosts") or ("*",)))
                domains = [host for host in wanted if host not in taken]
                for host in wanted:
                    if taken.setdefault(host, owner) != owner:
                        routing.refused[owner] = f"host {host} is already served for Ingress {taken[host]}"
                if domains:
                    name = f"{owner}/{index}"
                    hosts.append({"name": name, "domains": domains, "routes": list(_routes(rule, digest))})
    return routing


def _routes(rule: Json, digest: str) -> Iterator[Json]:
    """Yield probe routes first, then the paths in their order: Knative says that the first match takes precedence."""
    paths = (rule.get("http") or {}).get("paths") or ()
    for path in paths:
        probe = {"headers": (path.get("headers") or {}) | {HEADER: {"exact": OVERRIDE}}}
        append = {"appendHeaders": (path.get("appendHeaders") or {}) | {HEADER: digest}}
        yield _route(path | probe | append)
    for path in paths:
        yield _route(path)


def _route(path: Json) -> Json:
    matches = [
        {"name": name, "string_match": {"exact": match["exact"]}}
        for name, match in sorted((path.get("headers") or {}).items())
    ]
    clusters = [
        # The last one of a name wins: that of the split.
        {"name": _ref(split).name, "weight": weight, "request_headers_to_add": _set_headers(path) + _set_headers(split)}
        for split, weight in _weights(path)
    ]
    action: Json = {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}
    if path.get("rewriteHost"):
        action["host_rewrite_literal"] = path["rewriteHost"]
    return {"match": {"prefix": path.get("path") or "/", "headers": matches}, "route": action}


def _weights(path: Json) -> Sequence[tuple[Json, int]]:
    splits = path.get("splits") or []
    if len(splits) == 1:  # «If only one split is specified, we default to 100»
        return [(splits[0], splits[0].get("percent") or 100)]
    return [(split, split["percent"]) for split in splits if split.get("percent")]


def _set_headers(owner: Json) -> list[Json]:
    """Knative's appendHeaders replace what the client sent; its conformance tests say so."""
    return [
        {
            # Envoy reads % as the start of a variable.
            "header": {"key": name, "value": value.replace("%", "%%")},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            "keep_empty_value": True,
        }
        for name, value in sorted((owner.get("appendHeaders") or {}).items())
    ]


def _ref(split: Json) -> Ref:
    return Ref(split["serviceNamespace"], split["serviceName"], str(split["servicePort"]))


def _paths(ingress: Json) -> Iterator[Json]:
    for rule in ingress["spec"].get("rules") or ():
        yield from (rule.get("http") or {}).get("paths") or ()


def _hosts(ingress: Json) -> Iterator[str]:
    for rule in ingress["spec"].get("rules") or ():
        for host in rule.get("hosts") or ():
            yield host.lower()
    for path in _paths(ingress):
        if path.get("rewriteHost"):
            yield path["rewriteHost"].lower()


def _headers(path: Json) -> Iterator[tuple[str, str]]:
    for name, match in (path.get("headers") or {}).items():
        yield name, match["exact"]
    yield from (path.get("appendHeaders") or {}).items()
    for split in path.get("splits") or ():
        yield from (split.get("appendHeaders") or {}).items()
