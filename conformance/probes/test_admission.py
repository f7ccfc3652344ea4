"""Probes that Knative refuses, and fields of probes that it keeps."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, http_probe, serving, sidecar


@requirement("MC-PRB-20")
def test_a_probe_that_names_its_port_is_refused(admission: Admission) -> None:
    """A sidecar declares no ports, so that no name can be resolved."""
    named, good = (sidecar("helper", readinessProbe=http_probe(port=port)) for port in ("web", 8882))
    admission.refuses(serving("app"), named, because="port", control=(serving("app"), good))


@requirement("MC-PRB-22")
def test_a_probes_grace_period_is_kept(admission: Admission) -> None:
    """Kubernetes has had it since 1.25."""
    app = serving("app", livenessProbe=http_probe("live", port=8881, terminationGracePeriodSeconds=5))
    stored = admission.containers_as_stored(app, sidecar("helper"))
    assert stored["app"]["livenessProbe"].get("terminationGracePeriodSeconds") == 5
