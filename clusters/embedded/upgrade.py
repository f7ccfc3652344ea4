"""Brings a newer release of Knative to a cluster that runs, as its operator would: kubectl apply, in two steps."""

from dataclasses import replace

from kmc.clusters.embedded import components, images, knative
from kmc.clusters.embedded.api import apply, kubectl_of, wait_for_crds
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.progress import Step
from kmc.clusters.embedded.readiness import wait_for_knative
from kmc.clusters.embedded.releases import Release
from kmc.clusters.embedded.running import Running
from kmc.clusters.shapes import load

_STEPS = 4


def upgrade(layout: Layout, step: Step, running: Running, release: Release) -> None:
    """Apply the CRDs of a newer release, then its other objects, and wait until it is up; no Service is touched.

    Settings that were made in the running cluster stay. What the older release had and the newer one lacks stays, too,
    as kubectl leaves it. Raises ClusterError when it does not come up; the upgrade can be begun anew then.
    """
    step.plan(_STEPS)
    kubectl = kubectl_of(components.build("kubernetes", layout.components), layout)
    usual = images.usual_seconds(layout.components, release)
    with step(f"prepare the images of Knative {release.version}", usual):
        resolved = images.knative_manifests(layout.components, release)
    shape = load(running.shape)
    gates = knative.set_features(knative.read_features(kubectl, shape))
    crds, rest = knative.write_manifests(resolved, layout.state, release.version, gates, shape)
    replace(running, upgrading_to=release.version).write(layout)
    with step("apply the CRDs"):
        apply(kubectl, crds)
        wait_for_crds(kubectl)
    with step("apply Knative's other objects"):
        apply(kubectl, rest)
    with step("wait for the new release"):
        wait_for_knative(kubectl, layout.logs, shape.system_namespace)
    Running(release.version, shape=running.shape).write(layout)
