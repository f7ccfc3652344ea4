"""Traffic that is split between revisions with different sidecars."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, serving, sidecar

OLD, NEW = sidecar("helper", env={"RESPONSE": "old"}), sidecar("helper", env={"RESPONSE": "new"})


@pytest.fixture(scope="module")
def split(deploy: Deploy) -> Service:
    """Two revisions that differ in their sidecar's answer only: 80 % go to the old one, 20 % to the new one."""
    service = deploy(serving("app"), OLD)
    old = service.latest.name
    new = service.update(serving("app"), NEW).latest.name
    return service.set_traffic(
        {"revisionName": old, "tag": "old", "percent": 80}, {"revisionName": new, "tag": "new", "percent": 20}
    )


@requirement("MC-TRF-01")
def test_changing_only_the_sidecar_creates_a_revision(split: Service) -> None:
    """There are two, and each has its own sidecar."""
    assert [revision.env("helper")["RESPONSE"] for revision in split.revisions()] == ["old", "new"]


@requirement("MC-TRF-02")
@pytest.mark.parametrize("tag", ["old", "new"])
def test_a_revision_keeps_its_sidecar(split: Service, tag: str) -> None:
    """By its tag, each revision answers through the sidecar that it was made with."""
    split.wait_answering(base=split.tag_url(tag))
    assert {answer.body.strip() for answer in split.get_many("/", times=20, base=split.tag_url(tag))} == {tag}


@requirement("MC-TRF-09")
def test_no_traffic_goes_to_a_revision_of_another_service(deploy_once: Deploy, split: Service) -> None:
    """The route says whose revision it is, and goes on as before."""
    own = deploy_once(serving("app"), sidecar("helper", env={"RESPONSE": "own"}))
    own.patch({"spec": {"traffic": [{"revisionName": split.latest.name, "percent": 100}]}})
    failed = own.wait_condition("RoutesReady", "False")
    assert f'belongs to Service "{split.name}", not Service "{own.name}"' in failed.condition("RoutesReady").message
    own.assert_stays(own.get, lambda answer: answer.body.strip() == "own", expect="its own sidecar answers")


@requirement("MC-TRF-03")
def test_traffic_is_split_in_proportion(split: Service) -> None:
    """Of 400 requests 80 % reach the old sidecar, within five standard deviations (10 %), far from equal shares."""
    bodies = [answer.body.strip() for answer in split.get_many("/", times=400)]
    assert set(bodies) == {"old", "new"}
    assert abs(bodies.count("old") / len(bodies) - 0.8) < 0.1


@requirement("MC-TRF-11")
@pytest.mark.parametrize("tag", ["old", "new"])
def test_a_header_chooses_the_revision(split: Service, tag: str) -> None:
    """At the route's own address, whatever the split says."""
    split.wait_for(
        lambda: {split.get("/", headers={"Knative-Serving-Tag": tag}).body.strip() for _ in range(20)},
        lambda bodies: bodies == {tag},
        expect=f"requests with the tag {tag} to be answered by its revision",
        within=split.timeouts.route_answers,
    )


@requirement("MC-TRF-11")
def test_a_header_with_an_unknown_tag_is_answered_as_the_split_says(split: Service) -> None:
    """By both revisions."""
    answers = [split.get("/", headers={"Knative-Serving-Tag": "absent"}) for _ in range(100)]
    assert {(answer.status, answer.body.strip()) for answer in answers} == {(200, "old"), (200, "new")}
