"""Probes that are refused, and fields of probes that are kept."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, http_probe, serving, sidecar


@requirement("MC-PRB-20")
def test_a_named_probe_port_is_refused(admission: Admission) -> None:
    """A sidecar declares no ports, so no name can be resolved."""
    named, good = (sidecar("helper", readinessProbe=http_probe(port=port)) for port in ("web", 8882))
    admission.assert_refused(serving("app"), named, because="port", control=(serving("app"), good))


@requirement("MC-PRB-22")
def test_the_grace_period_of_a_probe_is_kept(admission: Admission) -> None:
    """Kubernetes has had it since 1.25."""
    app = serving("app", livenessProbe=http_probe("live", port=8881, terminationGracePeriodSeconds=5))
    stored = admission.containers_as_stored(app, sidecar("helper"))
    assert stored["app"]["livenessProbe"].get("terminationGracePeriodSeconds") == 5
