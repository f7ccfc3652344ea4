import json

from kmc.clusters.embedded.ingress.network_hash import network_hash
from kmc.clusters.embedded.ingress.objects import Json

# Keys stand in another order than Go writes them, as they do in an answer of the API server.
EVERY_FIELD = """
{"metadata": {"namespace": "default", "name": "app"}, "spec": {
  "httpOption": "Enabled",
  "tls": [{"hosts": ["a.example.com"], "secretName": "s", "secretNamespace": "n"}],
  "rules": [
    {"visibility": "ClusterLocal", "hosts": ["app.default", "app.default.svc"], "http": {"paths": [{
      "splits": [
        {"serviceName": "app-1", "serviceNamespace": "default", "servicePort": 80, "percent": 0},
        {"appendHeaders": {"b": "<&>\\u2028\\u00e9", "a": "x"}, "percent": 100, "servicePort": "http",
         "serviceName": "app-2", "serviceNamespace": "default"}],
      "headers": {"Knative-Serving-Tag": {"exact": "blue"}, "A": {"exact": ""}},
      "rewriteHost": "r.example.com", "appendHeaders": {"z": "1", "c": "2"}, "path": "/p"}]}},
    {"visibility": "ExternalIP", "hosts": []},
    {"visibility": "ExternalIP", "http": {"paths": null}}]}}
"""


def test_hash_is_the_one_that_knative_computes() -> None:
    # Printed by ComputeHash of knative.dev/networking v0.0.0-20240716111826-bab7f2a3e556 for the same object.
    expected = "7c704f0012bb59dc823abbac81c2494f49eb6a48239fb1f3a5ef0aad04818c31"
    assert network_hash(json.loads(EVERY_FIELD)) == expected


def test_hash_tells_names_apart() -> None:
    spec: Json = {"rules": []}
    one = network_hash({"metadata": {"namespace": "a", "name": "b"}, "spec": spec})
    assert one != network_hash({"metadata": {"namespace": "a", "name": "c"}, "spec": spec})
