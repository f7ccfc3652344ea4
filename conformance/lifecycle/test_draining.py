"""The drain of a pod: requests in flight complete first, then every container gets SIGTERM."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, PAIR, Deploy

TIMEOUT_SECONDS = 60
"""timeoutSeconds of the Service, and so the grace period of its pod: longer than the 30 s after the last request for
which Knative drains, so that what comes after the drain can be seen."""


@requirement("MC-LIF-01")
@requirement("MC-LIF-02")
def test_a_request_in_flight_completes_before_containers_get_sigterm(deploy: Deploy) -> None:
    """At its end it still uses the sidecar, and only then every container gets SIGTERM."""
    service = deploy(*PAIR, timeout_seconds=TIMEOUT_SECONDS)
    pod = service.pod
    slow = service.start_slow_request(seconds=8, then="http://127.0.0.1:8882/")
    logs = [service.follow_log(pod, container) for container in ("app", "helper")]
    service.delete_pod(pod)
    answer = slow.result()
    assert (answer.status, answer.json()["then"]["body"].strip()) == (200, GREETING)
    service.wait_pod_gone(pod)
    assert ['"signal":"terminated"' in log.text() for log in logs] == [True, True]
