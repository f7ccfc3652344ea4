import pytest

from kmc.clusters.embedded.ingress.backends import Ref
from kmc.clusters.embedded.ingress.network_hash import network_hash
from kmc.clusters.embedded.ingress.objects import Json, ours
from kmc.clusters.embedded.ingress.routes import objection, references, route
from selftest.ingress_samples import CLASS, ingress, rule, simple, split

PATH: Json = {"splits": [split("app")]}


def plain_routes(host: Json) -> list[Json]:
    """The routes without those for probes."""
    return [
        item for item in host["routes"] if all(match["name"] != "K-Network-Hash" for match in item["match"]["headers"])
    ]


def test_external_rules_are_on_both_listeners_and_local_ones_on_the_local_only() -> None:
    local = rule(["app.ns.svc"], PATH, visibility="ClusterLocal")
    routing = route([ingress("app", local, rule(["app.example.com"], PATH))])
    assert [host["domains"] for host in routing.public] == [["app.example.com"]]
    assert [host["domains"] for host in routing.local] == [["app.ns.svc"], ["app.example.com"]]


def test_the_order_of_paths_is_kept_and_probes_come_first() -> None:
    tagged: Json = PATH | {"headers": {"Knative-Serving-Tag": {"exact": "blue"}}}
    made = ingress("app", rule(["a.example.com"], PATH | {"path": "/foo"}, tagged, PATH))
    routes = route([made]).public[0]["routes"]
    assert [item["match"]["prefix"] for item in routes] == ["/foo", "/", "/"] * 2
    assert [len(item["match"]["headers"]) for item in routes] == [1, 2, 1, 0, 1, 0]
    headers = routes[0]["route"]["weighted_clusters"]["clusters"][0]["request_headers_to_add"]
    assert headers[0]["header"] == {"key": "K-Network-Hash", "value": network_hash(made)}
    assert routes[4]["match"]["headers"] == [{"name": "Knative-Serving-Tag", "string_match": {"exact": "blue"}}]


def test_splits_keep_their_percentage_and_those_without_one_get_nothing() -> None:
    path = {"splits": [split("a", 90), split("b", 10), split("c", 0)]}
    (only,) = plain_routes(route([ingress("app", rule(["h.example.com"], path))]).public[0])
    clusters = only["route"]["weighted_clusters"]["clusters"]
    assert [(cluster["name"], cluster["weight"]) for cluster in clusters] == [("ns/a:80", 90), ("ns/b:80", 10)]


def test_a_single_split_gets_everything() -> None:
    (only,) = plain_routes(route([ingress("app", rule(["h.example.com"], {"splits": [split("a", 0)]}))]).public[0])
    assert only["route"]["weighted_clusters"]["clusters"][0]["weight"] == 100


def test_headers_replace_and_percent_signs_are_literal() -> None:
    path = {"appendHeaders": {"A": "50%"}, "splits": [split("a", B="x")]}
    (only,) = plain_routes(route([ingress("app", rule(["h.example.com"], path))]).public[0])
    headers = only["route"]["weighted_clusters"]["clusters"][0]["request_headers_to_add"]
    assert [item["header"] for item in headers] == [{"key": "A", "value": "50%%"}, {"key": "B", "value": "x"}]
    assert {item["append_action"] for item in headers} == {"OVERWRITE_IF_EXISTS_OR_ADD"}


def test_rewritten_host_and_no_timeout() -> None:
    (only,) = plain_routes(
        route([ingress("app", rule(["h.example.com"], PATH | {"rewriteHost": "i.ns.svc"}))]).public[0]
    )
    assert only["route"]["host_rewrite_literal"] == "i.ns.svc"
    assert only["route"]["timeout"] == "0s"


def test_the_older_ingress_keeps_a_host_and_the_newer_one_is_told() -> None:
    new = simple("a-new", "h.example.com", "x")
    new["metadata"]["creationTimestamp"] = "2026-01-01T00:00:01Z"
    old = simple("old", "H.example.com", "y")
    routing = route(ours([new, old], CLASS))
    assert [host["name"] for host in routing.public] == ["ns/old/0"]
    assert routing.refused == {"ns/a-new": "host h.example.com is already served for Ingress ns/old"}


def test_within_an_ingress_the_first_rule_wins_silently() -> None:
    routing = route([ingress("app", rule(["h.example.com"], PATH), rule(["h.example.com", "i.example.com"], PATH))])
    assert [host["domains"] for host in routing.public] == [["h.example.com"], ["i.example.com"]]
    assert routing.refused == {}


def test_only_living_ingresses_of_the_class_are_ours() -> None:
    other, bare, dying, alternative = (simple(name, f"{name}.example.com", "x") for name in ("o", "b", "d", "a"))
    other["metadata"]["annotations"] = {"networking.knative.dev/ingress.class": "other"}
    bare["metadata"].pop("annotations")
    dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    alternative["metadata"]["annotations"] = {"networking.knative.dev/ingress-class": CLASS}
    assert ours([other, bare, dying, alternative], CLASS) == [alternative]


def test_references_are_all_backends() -> None:
    made = ingress("app", rule(["h"], {"splits": [split("a", 0), split("b", 100, "http")]}, PATH))
    assert references(made) == {Ref("ns", "a", "80"), Ref("ns", "b", "http"), Ref("ns", "app", "80")}


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (ingress("app", rule(["bad host"], PATH)), "host 'bad host' is no host name"),
        (ingress("app", rule(["h"], PATH | {"rewriteHost": "a\nb"})), "is no host name"),
        (ingress("app", rule(["h"], PATH | {"path": "foo"})), "path 'foo' does not start with '/'"),
        (ingress("app", rule(["h"], {"splits": [split("a", 0), split("b", 0)]})), "no split with a percentage"),
        (ingress("app", rule(["h"], PATH | {"appendHeaders": {"Host": "x"}})), "header 'Host' can't be set"),
        (ingress("app", rule(["h"], PATH | {"appendHeaders": {"a b": "x"}})), "header 'a b' can't be set"),
        (ingress("app", rule(["h"], {"splits": [split("a", X="1\r\n2")]})), "header 'X' can't be set"),
    ],
)
def test_what_envoy_would_refuse_is_objected_to(made: Json, complaint: str) -> None:
    assert complaint in (objection(made) or "")


def test_tls_is_objected_to() -> None:
    made = simple("app", "h.example.com", "app")
    assert objection(made) is None
    made["spec"]["tls"] = [{"hosts": ["h.example.com"]}]
    assert "plain HTTP only" in (objection(made) or "")
