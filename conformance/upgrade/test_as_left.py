"""Services that nobody has touched while Knative was upgraded: as they were left, and how they did meanwhile."""

from collections.abc import Mapping

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import ASKED, Pod, Role, UpgradedService, Watched

Upgraded = Mapping[Role, UpgradedService]


@requirement("MC-UPG-01")
@pytest.mark.parametrize("role", ASKED)
def test_every_request_is_answered(watched: Watched, role: Role) -> None:
    """With several pods past the activator, with one behind it, and where traffic is split."""
    watched.require_answers(role)


@requirement("MC-UPG-02")
@pytest.mark.parametrize("role", Role)
def test_nothing_was_written_and_no_revision_made(upgraded: Upgraded, role: Role) -> None:
    """Service, Configuration, Route and Revisions are the same objects, with the same generation and spec."""
    assert upgraded[role].after.written == upgraded[role].before.written


@requirement("MC-UPG-03")
@pytest.mark.parametrize("role", Role)
def test_pods_are_made_of_the_same_containers(upgraded: Upgraded, role: Role) -> None:
    """With the same images, variables, mounts, resources and ports, whatever queue-proxy is beside them."""
    assert upgraded[role].after.containers == upgraded[role].before.containers


@requirement("MC-UPG-04")
@pytest.mark.parametrize("role", ASKED)
def test_as_many_pods_are_ready_all_the_time(upgraded: Upgraded, watched: Watched, role: Role) -> None:
    """A new pod is ready before an old one goes."""
    seen = watched.seen(role)
    assert min(each.ready_pods for each in seen) >= len(upgraded[role].before.ready_pods)
    watched.require_whole()


@requirement("MC-UPG-05")
@pytest.mark.parametrize("role", Role)
def test_pods_are_the_same_or_were_replaced_whole(upgraded: Upgraded, role: Role) -> None:
    """As many as before, all of them ready, with one queue-proxy, and no container was restarted."""
    before, after = upgraded[role].before, upgraded[role].after
    kept = {pod["metadata"]["uid"] for pod in before.pods}
    restarts = [Pod(pod).restarts() for pod in after.pods if pod["metadata"]["uid"] not in kept]
    assert [each for each in restarts if any(each.values())] == []
    assert len(after.ready_pods) == len(after.pods) == len(before.ready_pods)
    assert len(after.queue_proxies) <= 1


@requirement("MC-UPG-06")
@pytest.mark.parametrize("role", Role)
def test_the_status_is_the_same(upgraded: Upgraded, role: Role) -> None:
    """Conditions, URL, traffic, latest revisions, and the digests of all containers."""
    assert upgraded[role].after.status == upgraded[role].before.status


@requirement("MC-UPG-07")
@pytest.mark.parametrize("role", Role)
def test_the_service_is_ready_all_the_time(watched: Watched, role: Role) -> None:
    """Its condition says nothing else, each time that it was looked at."""
    assert {each.ready for each in watched.seen(role)} == {"Ready=True"}
    watched.require_whole()


@requirement("MC-UPG-08")
def test_a_service_that_is_scaled_to_zero_gets_no_pod(watched: Watched) -> None:
    """Its Deployment may be written anew, without a replica."""
    assert max(each.pods for each in watched.seen(Role.ZERO)) == 0
    watched.require_whole()
