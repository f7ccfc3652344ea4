"""The status of a Service that is scaled to zero."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import FAST_SCALING, Deploy, serving, sidecar


@requirement("MC-STA-13")
def test_a_service_at_zero_is_still_ready(deploy: Deploy) -> None:
    """Its Revision is not active, for want of traffic, and not failed."""
    service = deploy(serving("app"), sidecar("helper"), annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    idle = service.wait_revision(lambda seen: seen.condition("Active").status == "False", expect="Active=False")
    assert idle.condition("Active").reason == "NoTraffic"
    assert (idle.condition("Ready").status, service.object.condition("Ready").status) == ("True", "True")
