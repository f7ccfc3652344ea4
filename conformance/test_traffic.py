"""Traffic and revisions: a sidecar belongs to its revision."""

import pytest

from fixtures.deploy import Deploy
from fixtures.manifest import PROGRESS_DEADLINE, STEADY, serving, sidecar
from fixtures.observed import order_of
from fixtures.requirements import requirement
from fixtures.service import Service

OLD, NEW = sidecar("helper", env={"RESPONSE": "old"}), sidecar("helper", env={"RESPONSE": "new"})


@pytest.fixture(scope="module")
def split(deploy: Deploy) -> Service:
    """Two revisions that differ in their sidecar's answer only: 60 % go to the old one, 40 % to the new one."""
    service = deploy(serving("app"), OLD)
    old = service.latest.name
    new = service.update(serving("app"), NEW).latest.name
    return service.set_traffic(
        {"revisionName": old, "tag": "old", "percent": 60}, {"revisionName": new, "tag": "new", "percent": 40}
    )


@requirement("MC-TRF-01")
def test_changing_only_the_sidecar_makes_a_revision(split: Service) -> None:
    """There are two, and each has its own sidecar."""
    responses = [
        {variable["name"]: variable.get("value") for variable in revision.spec["containers"][1]["env"]}["RESPONSE"]
        for revision in split.revisions()
    ]
    assert responses == ["old", "new"]


@requirement("MC-TRF-02")
@pytest.mark.parametrize("tag", ["old", "new"])
def test_a_revision_keeps_its_sidecar(split: Service, tag: str) -> None:
    """By its tag, each revision answers through the sidecar that it was made with."""
    split.wait_answering(base=split.tag_url(tag))
    assert {answer.body.strip() for answer in split.get_many("/", times=20, base=split.tag_url(tag))} == {tag}


@requirement("MC-TRF-03")
def test_traffic_is_split_in_proportion(split: Service) -> None:
    """Of 400 requests 60 % reach the old sidecar, within what chance allows (five standard deviations are 12 %)."""
    bodies = [answer.body.strip() for answer in split.get_many("/", times=400)]
    assert set(bodies) == {"old", "new"}
    assert abs(bodies.count("old") / len(bodies) - 0.6) < 0.12


@requirement("MC-TRF-04")
def test_a_revision_whose_sidecar_fails_takes_no_traffic(deploy_once: Deploy) -> None:
    """The old revision keeps serving, and the Service says what failed."""
    service = deploy_once(serving("app"), OLD, annotations={**STEADY, PROGRESS_DEADLINE: "20s"})
    old = service.latest.name
    service.update(serving("app"), NEW.with_env(EXIT_CODE="3"), ready=False)
    failed = service.wait_until(
        lambda seen: seen.condition("ConfigurationsReady").status == "False",
        expect="ConfigurationsReady=False",
        within=service.timeouts.failure,
    )
    assert failed.condition("ConfigurationsReady").reason == "RevisionFailed"
    assert failed.status["latestReadyRevisionName"] == old
    service.hold(service.get, lambda answer: answer.body.strip() == "old", expect="the old revision answers")


@requirement("MC-TRF-05")
def test_rolling_back_brings_back_the_old_sidecar(deploy_once: Deploy) -> None:
    """Traffic to the old revision's name reaches its sidecar again."""
    service = deploy_once(serving("app"), OLD)
    old = service.latest.name
    service.update(serving("app"), NEW)
    service.wait_body("/", "new")
    service.set_traffic({"revisionName": old, "percent": 100})
    service.wait_body("/", "old")
    assert {answer.body.strip() for answer in service.get_many("/", times=20)} == {"old"}


@requirement("MC-TRF-06")
def test_a_service_goes_from_one_container_to_several_and_back(deploy_once: Deploy) -> None:
    """Each step is Ready, with the containers that it declares."""
    service = deploy_once(serving("app"))
    assert order_of(service.pod.containers, ["app", "helper"]) == ["app"]
    service.update(serving("app"), OLD)
    assert order_of(service.pod.containers, ["app", "helper"]) == ["app", "helper"]
    service.wait_body("/", "old")
    service.update(serving("app"))
    assert order_of(service.pod.containers, ["app", "helper"]) == ["app"]


@requirement("MC-TRF-07")
def test_sidecars_can_be_added_reordered_and_removed(deploy_once: Deploy) -> None:
    """Every change makes a revision whose pod has the sidecars so."""
    app, first, second = serving("app"), sidecar("first"), sidecar("second", listen=8883)
    service = deploy_once(app, first)
    for containers in ([app, first, second], [second, first, app], [second, app]):
        before = service.latest.name
        service.update(*containers)
        assert service.latest.name != before
        names = [container.name for container in containers]
        assert order_of(service.pod.containers, ["app", "first", "second"]) == names
