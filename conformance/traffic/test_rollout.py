"""Rolling out and back: which revision, and so which sidecar, gets the traffic."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MIN_SCALE, SLOW_START_SECONDS, Deploy, http_probe, serving, sidecar

OLD, NEW = sidecar("helper", env={"RESPONSE": "old"}), sidecar("helper", env={"RESPONSE": "new"})


@requirement("MC-TRF-04")
def test_a_revision_whose_sidecar_fails_gets_no_traffic(deploy_once: Deploy) -> None:
    """The old revision keeps serving, and the Service reports the failure."""
    service = deploy_once(serving("app"), OLD)
    old = service.latest.name
    service.update(serving("app"), NEW.with_fields(command=["/absent"]), fails_soon=True, ready=False)
    within = service.timeouts.failure
    failed = service.wait_condition("ConfigurationsReady", "False", reason="RevisionFailed", within=within)
    assert failed.status["latestReadyRevisionName"] == old
    service.assert_stays(service.get, lambda answer: answer.body.strip() == "old", expect="the old revision answers")


@requirement("MC-TRF-10")
def test_the_pods_of_a_failed_revision_go_when_a_good_one_takes_over(deploy_once: Deploy) -> None:
    """The sidecar of the first revision exits at its start, that of the second does not."""
    crashing = OLD.with_env(EXIT_CODE="3")
    service = deploy_once(serving("app"), crashing, fails_soon=True, ready=False)
    failed = service.latest.name
    service.wait_revision_condition("Ready", "False", within=service.timeouts.failure)
    service.update(serving("app"), NEW)
    service.wait_for(
        lambda: [pod.name for pod in service.all_pods() if pod.name.startswith(f"{failed}-")],
        lambda left: left == [],
        expect="no pod of the revision that failed",
        within=service.timeouts.pods_gone,
    )


@requirement("MC-TRF-05")
def test_rolling_back_brings_back_the_old_sidecar(deploy_once: Deploy) -> None:
    """Traffic to the old revision's name reaches its sidecar again."""
    service = deploy_once(serving("app"), OLD)
    old = service.latest.name
    service.update(serving("app"), NEW)
    service.wait_body("new")
    service.set_traffic({"revisionName": old, "percent": 100})
    service.wait_body("old")
    assert {answer.body.strip() for answer in service.get_many("/", times=20)} == {"old"}


@requirement("MC-TRF-08")
def test_no_request_fails_while_a_slow_sidecar_is_rolled_out(deploy_once: Deploy) -> None:
    """The new sidecar listens after a delay, and requests through sidecars never pause."""
    service = deploy_once(serving("app"), OLD.with_fields(readinessProbe=http_probe()), annotations={MIN_SCALE: "2"})
    with service.load("/", at_once=1) as answers:
        service.update(
            serving("app"), NEW.with_env(LISTEN_AFTER=str(SLOW_START_SECONDS)).with_fields(readinessProbe=http_probe())
        )
        service.wait_body("new")
    assert {answer.status for answer in answers} == {200}
    assert {answer.body.strip() for answer in answers} == {"old", "new"}
