"""What was deployed before Knative was upgraded still works, and can be changed: each test changes more."""

from collections import Counter
from collections.abc import Mapping

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    GREETING,
    NEW,
    OLD,
    SCRATCH,
    SETTING,
    SETTINGS,
    Role,
    Service,
    UpgradedService,
)

Upgraded = Mapping[Role, UpgradedService]


@pytest.fixture(scope="module")
def full(upgraded: Upgraded) -> Service:
    """The Service with volumes, and probes of the sidecar."""
    return upgraded[Role.FULL].service


@pytest.fixture(scope="module")
def split(upgraded: Upgraded) -> Service:
    """The Service whose revisions have names of the user's."""
    return upgraded[Role.SPLIT].service


@requirement("MC-UPG-09")
def test_a_service_at_zero_wakes_and_goes_back(upgraded: Upgraded) -> None:
    """The first request is answered through the sidecar of the revision from before."""
    service = upgraded[Role.ZERO].service
    answer = service.get("/")
    assert (answer.status, answer.body.strip()) == (200, GREETING)
    service.wait_scaled_to_zero()


@requirement("MC-UPG-10")
def test_volumes_are_there(full: Service) -> None:
    """The sidecar has the ConfigMap of before, and shares a volume with the serving container."""
    app, helper = full.container("app"), full.container("helper")
    assert helper.read(f"{SETTINGS}/setting") == SETTING
    if full.spec.volumes[1:]:
        app.write(f"{SCRATCH}/note", "from app")
        assert helper.read(f"{SCRATCH}/note") == "from app"


@requirement("MC-UPG-11")
def test_sidecars_are_probed(upgraded: Upgraded, full: Service) -> None:
    """The probe of a revision from before goes on, as often as the kubelet asks queue-proxy: every ten seconds."""
    upgraded[Role.FULL].require_probe("helper")
    helper = full.container("helper")
    so_far = len(helper.probes())
    full.wait_for(lambda: len(helper.probes()), lambda count: count > so_far, expect="one more probe")


@requirement("MC-UPG-12")
def test_traffic_is_split_as_before(split: Service) -> None:
    """Each tag leads to its revision, and half of 200 requests to each, within five standard deviations (18 %)."""
    for tag in (OLD, NEW):
        assert {answer.body.strip() for answer in split.get_many("/", times=10, base=split.tag_url(tag))} == {tag}
    bodies = Counter(answer.body.strip() for answer in split.get_many("/", times=200))
    assert set(bodies) == {OLD, NEW}
    assert abs(bodies[OLD] / 200 - 0.5) < 0.18


@requirement("MC-UPG-13")
@pytest.mark.parametrize("role", [Role.SPLIT, Role.SEVERAL])
def test_a_change_beside_the_template_makes_no_revision(upgraded: Upgraded, role: Role) -> None:
    """Traffic is moved: whether users name revisions or Knative does, there are as many as before."""
    service, before = upgraded[role].service, upgraded[role].before
    names = sorted(item["metadata"]["name"] for item in before.revisions)
    service.set_traffic({"revisionName": names[0], "tag": "pinned", "percent": 100})
    assert sorted(revision.name for revision in service.revisions()) == names
    service.wait_answering(base=service.tag_url("pinned"))


@requirement("MC-UPG-14")
def test_a_changed_template_makes_a_revision_and_the_old_one_can_be_had_back(full: Service) -> None:
    """Another sidecar answers, then the one from before again."""
    old, (app, helper) = full.latest.name, full.spec.containers
    full.update(app, helper.with_env(RESPONSE=NEW))
    full.wait_body(NEW)
    full.set_traffic({"revisionName": old, "percent": 100})
    full.wait_body(GREETING)


@requirement("MC-UPG-15")
@pytest.mark.parametrize("role", [Role.SEVERAL, Role.SPLIT])
def test_deletion_leaves_nothing(upgraded: Upgraded, role: Role) -> None:
    """Neither of what the earlier release made nor of what the later one did."""
    service = upgraded[role].service
    service.delete()
    service.wait_for(
        service.belongings, lambda left: not left, within=service.timeouts.deletion, expect="nothing left of it"
    )
