"""The hash by which Knative knows which version of an Ingress a gateway serves.

A request that carries `K-Network-Hash: override` must reach the backend with the hash in that header
(`knative.dev/networking/pkg/ingress`, `InsertProbe`). Clients compute it themselves from Go's JSON of the spec, so the
same bytes have to be produced here: Go's field order, `omitempty`, sorted maps, and the characters that Go escapes.
"""

import hashlib
import json
from collections.abc import Callable

from kmc.clusters.embedded.ingress.objects import Json

HEADER = "K-Network-Hash"
OVERRIDE = "override"

_Convert = Callable[[Json], Json]
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def network_hash(ingress: Json) -> str:
    """Compute the hash of spec, namespace and name, in hexadecimal."""
    text = json.dumps(_spec(ingress["spec"]), separators=(",", ":"), ensure_ascii=False)
    text = text.translate(_ESCAPES) + ingress["metadata"]["namespace"] + ingress["metadata"]["name"]
    return hashlib.sha256(text.encode()).hexdigest()


def _spec(spec: Json) -> Json:
    return _omit_empty(
        {"tls": _each(_tls, spec, "tls"), "rules": _each(_rule, spec, "rules")} | _take(spec, "httpOption")
    )


def _tls(tls: Json) -> Json:
    return _omit_empty(_take(tls, "hosts", "secretName", "secretNamespace"))


def _rule(rule: Json) -> Json:
    fields = _omit_empty(_take(rule, "hosts", "visibility"))
    return fields | ({"http": {"paths": _each(_path, rule["http"], "paths")}} if rule.get("http") is not None else {})


def _path(path: Json) -> Json:
    head = _omit_empty(_take(path, "path", "rewriteHost") | {"headers": _sorted(path, "headers")})
    tail = _omit_empty({"appendHeaders": _sorted(path, "appendHeaders")})
    return head | {"splits": _each(_split, path, "splits")} | tail


def _split(split: Json) -> Json:
    head = _take(split, "serviceNamespace", "serviceName", "servicePort")
    return head | _omit_empty(_take(split, "percent") | {"appendHeaders": _sorted(split, "appendHeaders")})


def _each(convert: _Convert, parent: Json, field: str) -> list[Json] | None:
    items = parent.get(field)
    return None if items is None else [convert(item) for item in items]


def _take(source: Json, *fields: str) -> Json:
    return {field: source.get(field) for field in fields}


def _sorted(source: Json, field: str) -> Json:
    return dict(sorted((source.get(field) or {}).items()))


def _omit_empty(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value}
