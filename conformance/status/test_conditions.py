"""Conditions, digests and replicas in the status of a Service and its Revision."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, order_of, serving, sidecar

OWN_READINESS = {"httpGet": {"path": "/healthz/ready"}}
"""A readiness probe of the serving container, at the declared port."""


@pytest.fixture(scope="module")
def healthy(deploy: Deploy) -> Service:
    """Three containers, all healthy."""
    return deploy(sidecar("first"), serving("app"), sidecar("last", listen=8883))


@pytest.fixture(scope="module")
def never_ready(deploy: Deploy) -> Service:
    """A serving container whose readiness probe never passes, with a short progress deadline."""
    return deploy(
        serving("app", env={"READY": "false"}, readinessProbe=OWN_READINESS),
        sidecar("helper"),
        fails_soon=True,
        ready=False,
    )


@requirement("MC-STA-01")
def test_the_revision_lists_every_container_with_its_digest(healthy: Service) -> None:
    """One entry for each declared container, in order, and none for queue-proxy. Both sidecars have the same image."""
    listed = healthy.latest.image_digests
    assert list(listed) == ["first", "app", "last"]
    assert all("@sha256:" in digest for digest in listed.values())
    assert listed["first"] == listed["last"] != listed["app"]


@requirement("MC-STA-11")
def test_all_conditions_of_a_healthy_service_are_true(healthy: Service) -> None:
    """They are of the generation that was sent."""
    stored, revision = healthy.object, healthy.latest
    assert stored.up_to_date
    of_service = {kind: stored.condition(kind).status for kind in ("Ready", "ConfigurationsReady", "RoutesReady")}
    assert of_service == dict.fromkeys(of_service, "True")
    of_revision = {
        kind: revision.condition(kind).status for kind in ("Ready", "ResourcesAvailable", "ContainerHealthy")
    }
    assert of_revision == dict.fromkeys(of_revision, "True")


@requirement("MC-STA-15")
def test_a_service_at_rest_writes_nothing(healthy: Service) -> None:
    """Once it has come to rest, neither the Service nor what Knative made of it is written, and nothing happens."""
    healthy.wait_revision(lambda revision: revision.status.get("actualReplicas") == 1, expect="one replica")
    before = healthy.wait_at_rest()
    healthy.assert_stays(
        lambda: healthy.new_marks(before),
        lambda new: new == {},
        expect="no object written and no event raised",
        during=healthy.timeouts.unready,
    )


@requirement("MC-STA-12")
def test_replicas_count_pods(healthy: Service) -> None:
    """Three containers are one replica."""
    seen = healthy.wait_revision(lambda revision: "actualReplicas" in revision.status, expect="a count of replicas")
    assert (seen.status["actualReplicas"], seen.status.get("desiredReplicas", 1)) == (1, 1)
    assert order_of(healthy.template.containers, ["first", "app", "last"]) == ["first", "app", "last"]


@requirement("MC-STA-08")
def test_a_pod_that_never_becomes_ready_fails_the_revision(never_ready: Service) -> None:
    """When the progress deadline is over, the Revision has that as its reason."""
    within = never_ready.timeouts.failure
    never_ready.wait_revision_condition("ResourcesAvailable", "False", reason="ProgressDeadlineExceeded", within=within)
    never_ready.wait_revision_condition("Ready", "False", within=within)


@requirement("MC-STA-09")
def test_a_service_that_was_never_ready_reports_it(never_ready: Service) -> None:
    """Its route names the Configuration that has no ready Revision."""
    failed = never_ready.wait_condition("RoutesReady", "False", within=never_ready.timeouts.failure)
    assert failed.condition("RoutesReady").reason == "RevisionMissing"
    missing = f'Configuration "{never_ready.name}" does not have any ready Revision.'
    assert missing in failed.condition("RoutesReady").message
    assert failed.condition("Ready").status == "False"
