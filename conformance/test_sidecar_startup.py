"""The start of a pod: Ready comes when the slowest of its containers says so, and no request comes before."""

from fixtures.deploy import Deploy
from fixtures.manifest import FAST_SCALING, IMPATIENT, serving, sidecar
from fixtures.probing import OFTEN, execute, http, probes_seen, seconds_to_ready, started, tcp, wait_restarted
from fixtures.requirements import requirement

LATE = {"LISTEN_AFTER": "8"}
PATIENT = {"periodSeconds": 1, "failureThreshold": 60}


@requirement("MC-PRB-01")
def test_ready_waits_for_the_sidecars_readiness(deploy_once: Deploy) -> None:
    """A sidecar that is ready after eight seconds; start and Ready are told to the second."""
    service = deploy_once(serving("app"), sidecar("helper", env={"READY_AFTER": "8"}, readinessProbe=http()))
    assert seconds_to_ready(service, "helper") >= 7


@requirement("MC-PRB-02")
def test_the_first_requests_find_the_sidecar_ready(deploy_once: Deploy) -> None:
    """A sidecar that listens after eight seconds only: nothing is sent before, and nothing fails."""
    service = deploy_once(serving("app"), sidecar("helper", env=LATE, readinessProbe=tcp()), ready=False)
    service.wait_until(lambda seen: seen.condition("Ready").status == "True", expect="Ready")
    service.wait_answering()
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}


@requirement("MC-PRB-11")
def test_sidecars_become_ready_side_by_side(deploy_once: Deploy) -> None:
    """The slower of two is probed before the other is ready, and Ready waits for it."""
    quick = sidecar("quick", listen=8883, env={"READY_AFTER": "5"}, readinessProbe=http(port=8883))
    slow = sidecar("slow", env={"READY_AFTER": "8"}, readinessProbe=http())
    service = deploy_once(serving("app"), quick, slow)
    assert seconds_to_ready(service, "slow") >= 7
    first = min(probe.time for probe in probes_seen(service, "slow"))
    assert (first - started(service, "quick")).total_seconds() < 5


@requirement("MC-PRB-16")
def test_ready_waits_for_the_sidecars_startup_probe(deploy_once: Deploy) -> None:
    """A sidecar that has started after eight seconds."""
    starting = sidecar("helper", env={"STARTUP_AFTER": "8"}, startupProbe=http("startup", **PATIENT))
    service = deploy_once(serving("app"), starting)
    assert seconds_to_ready(service, "helper") >= 7
    assert service.pod.restarts()["helper"] == 0


@requirement("MC-PRB-16")
def test_a_startup_probe_that_never_passes_fails_the_service(deploy_once: Deploy) -> None:
    """The sidecar is restarted again and again."""
    stuck = sidecar("helper", env={"STARTUP": "false"}, startupProbe=http("startup", **OFTEN))
    service = deploy_once(serving("app"), stuck, annotations=IMPATIENT, ready=False)
    wait_restarted(service, "helper")
    service.wait_until(
        lambda seen: seen.condition("Ready").status == "False", expect="Ready=False", within=service.timeouts.failure
    )


@requirement("MC-PRB-17")
def test_the_first_request_from_zero_waits_for_the_startup_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar has started."""
    starting = sidecar("helper", env={"STARTUP_AFTER": "5"}, startupProbe=http("startup", **PATIENT))
    service = deploy_once(serving("app"), starting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/startup")["status"] == 200


@requirement("MC-PRB-18")
def test_the_first_request_from_zero_waits_for_an_exec_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar is ready."""
    waiting = sidecar("helper", env={"READY_AFTER": "5"}, readinessProbe=execute("ready", **PATIENT))
    service = deploy_once(serving("app"), waiting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/ready")["status"] == 200


@requirement("MC-PRB-19")
def test_ready_waits_for_sidecars_without_probes(deploy_once: Deploy) -> None:
    """A sidecar that listens after a minute only."""
    service = deploy_once(serving("app"), sidecar("helper", env={"LISTEN_AFTER": "60"}), ready=False)
    service.wait_until(lambda seen: seen.condition("Ready").status == "True", expect="Ready")
    service.wait_answering()
    assert service.inside("helper").is_reachable()


@requirement("MC-PRB-23")
def test_the_serving_containers_own_probe_holds_ready_back(deploy_once: Deploy) -> None:
    """Its sidecar has none."""
    waiting = serving("app", env={"READY_AFTER": "8"}, readinessProbe=http(port=8881))
    service = deploy_once(waiting, sidecar("helper"))
    assert seconds_to_ready(service, "app") >= 7
