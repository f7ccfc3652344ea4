"""The multi-container example that Knative publishes."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, Deploy, serving, sidecar


@requirement("MC-LOC-01")
def test_the_published_example_answers_through_its_sidecar(deploy: Deploy) -> None:
    """The serving container passes on what the sidecar answers on 127.0.0.1:8882."""
    service = deploy(serving("servingcontainer", port=8881), sidecar("sidecarcontainer"))
    answer = service.get("/")
    assert (answer.status, answer.body.strip()) == (200, GREETING)
