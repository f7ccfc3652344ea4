"""What an init container is given."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy, sidecar

ENDS_WELL = ["healthcheck", "file", "/ko-app/sidecarcontainer"]
"""Arguments of an init container that has nothing to do: it looks for its own program, and ends without error."""


@requirement("MC-ENV-12")
def test_an_init_container_has_the_names_of_its_service_and_revision(deploy: Deploy) -> None:
    """As every other container has."""
    service = deploy(*PAIR, init_containers=(sidecar("first", args=ENDS_WELL),))
    given = {each["name"]: each.get("value") for each in service.template.init_containers["first"].get("env", [])}
    wanted = {"K_SERVICE": service.name, "K_CONFIGURATION": service.name, "K_REVISION": service.latest.name}
    assert {name: given.get(name) for name in wanted} == wanted
