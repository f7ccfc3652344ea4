"""The deletion of a Service."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Deploy


@requirement("MC-LIF-09")
def test_deleting_a_service_removes_all_that_came_from_it(deploy_once: Deploy) -> None:
    """Configuration, Route, Revision, Deployment, pods, and what Knative keeps for itself."""
    service = deploy_once(*PAIR)
    kinds = {entry.split("/")[0] for entry in service.belongings()}
    assert {"Service", "Configuration", "Route", "Revision", "Deployment", "Pod"} <= kinds
    service.delete()
    service.wait_for(
        service.belongings, lambda left: not left, within=service.timeouts.deletion, expect="nothing left of it"
    )
