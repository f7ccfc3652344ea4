"""The loss of one of several pods, while requests come in, through the activator and past it."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MAX_SCALE, MIN_SCALE, PAIR, Deploy, Way


@requirement("MC-LIF-03")
def test_no_request_fails_when_a_pod_is_deleted(deploy: Deploy, way: Way) -> None:
    """All are answered while one of two pods terminates, the last ones by the pods that stay."""
    service = deploy(*PAIR, annotations={MIN_SCALE: "2", MAX_SCALE: "2"}, way=way)
    doomed, *_ = service.wait_pods(2)
    with service.load("/slow?seconds=0.5&then=http://127.0.0.1:8882/", at_once=6) as answers:
        service.wait_for(lambda: len(answers), lambda count: count >= 10, expect="the first answers")
        service.delete_pod_timed(doomed).result()
    assert {answer.status for answer in answers} == {200}
    assert doomed.name not in {answer.headers["instrument-pod"] for answer in answers[-10:]}
