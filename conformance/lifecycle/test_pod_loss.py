"""The loss of one pod of several, while requests come in."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MIN_SCALE, Deploy, delete_pod_timed, serving, sidecar


@requirement("MC-LIF-03")
def test_the_deletion_of_a_pod_costs_no_request(deploy: Deploy) -> None:
    """All are answered while one of two pods ends, to the last by the pods that stay."""
    service = deploy(serving("app"), sidecar("helper"), annotations={MIN_SCALE: "2"})
    doomed, *_ = service.wait_pods(2)
    with service.load("/slow?seconds=0.1&then=http://127.0.0.1:8882/", at_once=3) as answers:
        service.wait_for(lambda: len(answers), lambda count: count >= 10, expect="the first answers")
        delete_pod_timed(service, doomed).result()
    assert {answer.status for answer in answers} == {200}
    assert doomed.name not in {answer.headers["instrument-pod"] for answer in answers[-10:]}
