"""The loss of one pod of several, while requests come in."""

from fixtures.deploy import Deploy
from fixtures.endings import end_pod
from fixtures.manifest import MIN_SCALE, serving, sidecar
from fixtures.requirements import requirement


@requirement("MC-LIF-03")
def test_the_deletion_of_a_pod_costs_no_request(deploy: Deploy) -> None:
    """All are answered while one of two pods ends, to the last by the pods that stay."""
    service = deploy(serving("app"), sidecar("helper"), annotations={MIN_SCALE: "2"})
    doomed, *_ = service.wait_pods(2)
    with service.load("/slow?seconds=0.1&then=http://127.0.0.1:8882/", at_once=3) as answers:
        service.wait_for(lambda: len(answers), lambda count: count >= 10, expect="the first answers")
        end_pod(service, doomed).result()
    assert {answer.status for answer in answers} == {200}
    assert doomed.name not in {answer.headers["instrument-pod"] for answer in answers[-10:]}
