"""The handover of a run that is made up, for the tests of the suite."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.run.handover import Handover
from kmc.fixtures.run.options import Options
from kmc.fixtures.run.phases import Phase
from kmc.fixtures.target.gates import PROBING
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.pod_defaults import RESOURCES
from kmc.fixtures.timeouts import Timeouts
from kmc.reports.records import Implementation, Profile
from selftest.facts import made_up

OPTIONS = Options(
    kubeconfig=Path("/home/operator/.kube/config"),
    context=None,
    namespace="apps",
    system_namespace="knative-serving",
    profiles=(Profile.CORE, Profile.GATED),
    requirements=("MC-LOC-01",),
    endpoint=Endpoint("192.0.2.2", 80, "--ingress-endpoint"),
    registry="registry.example",
    lock=Path("lock.yaml"),
    run="run",
    verify_tls=True,
    ca_file=None,
    request_headers={"x-key": "secret-of-the-gateway"},
    reports=Path("reports"),
    timeouts=Timeouts(request=3.0),
    cluster_changes=1,
    implementation=Implementation("Example", "Serving", "3.1", "https://example.com", ("mail@example.com",)),
    baseline=None,
    max_pods=None,
    resources=RESOURCES,
    pod_fields={},
)


def handed_over(**options: Any) -> Handover:
    """Return what a run with two phases hands over, with changed options."""
    phases = (Phase(), Phase({PROBING: True}, ("MC-PRB-01",)), Phase(requirements=("MC-FLG-03",), alone=True))
    facts = made_up(changeable=True, resource_defaults=("cpu-request",))
    return Handover(replace(OPTIONS, **options), facts, Lease("run", "apps", "uid"), phases, phase=1)
