from kmc.clusters.embedded.ingress.objects import Json
from kmc.clusters.embedded.ingress.status import SERVED, Verdict, status_of
from selftest.ingress_samples import simple


def conditions(status: Json | None) -> dict[str, Json]:
    assert status is not None
    return {condition["type"]: condition for condition in status["conditions"]}


def test_a_served_ingress_is_ready_at_its_generation_and_names_both_services() -> None:
    made = simple("app", "h.example.com", "app")
    status = status_of(made, SERVED, "gateway/ingress")
    assert {name: item["status"] for name, item in conditions(status).items()} == {
        "LoadBalancerReady": "True",
        "NetworkConfigured": "True",
        "Ready": "True",
    }
    assert status is not None
    assert status["observedGeneration"] == 1
    assert status["publicLoadBalancer"] == {"ingress": [{"domainInternal": "ingress.gateway.svc.cluster.local"}]}
    assert status["privateLoadBalancer"] == {"ingress": [{"domainInternal": "ingress-local.gateway.svc.cluster.local"}]}


def test_a_status_is_written_once() -> None:
    made = simple("app", "h.example.com", "app")
    made["status"] = status_of(made, SERVED, "gateway/ingress")
    assert status_of(made, SERVED, "gateway/ingress") is None
    made["metadata"]["generation"] = 2
    assert status_of(made, SERVED, "gateway/ingress") is not None


def test_the_time_of_a_condition_changes_with_its_status_only() -> None:
    made = simple("app", "h.example.com", "app")
    made["status"] = status_of(made, SERVED, "gateway/ingress")
    for condition in made["status"]["conditions"]:
        condition["lastTransitionTime"] = "2026-01-01T00:00:00Z"
    made["metadata"]["generation"] = 2
    kept = conditions(status_of(made, SERVED, "gateway/ingress"))
    assert kept["Ready"]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    fallen = conditions(status_of(made, Verdict("Unknown", "BackendMissing", "gone"), "gateway/ingress"))
    assert fallen["Ready"]["lastTransitionTime"] != "2026-01-01T00:00:00Z"
    assert fallen["LoadBalancerReady"]["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    assert (fallen["Ready"]["status"], fallen["Ready"]["reason"]) == ("Unknown", "BackendMissing")
    assert fallen["NetworkConfigured"]["message"] == "gone"
