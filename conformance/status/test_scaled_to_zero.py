"""The status of a Service that is scaled to zero."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import FAST_SCALING, PAIR, Deploy


@requirement("MC-STA-13")
def test_a_service_scaled_to_zero_stays_ready(deploy: Deploy) -> None:
    """Its Revision is inactive for want of traffic, and not failed."""
    service = deploy(*PAIR, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    inactive = service.wait_revision_condition("Active", "False")
    assert inactive.condition("Active").reason == "NoTraffic"
    assert (inactive.condition("Ready").status, service.object.condition("Ready").status) == ("True", "True")
