"""The pytest plugin for the embedded cluster as a place to run: `--embedded`."""

import os
import sys
from contextlib import ExitStack

import pytest

from kmc.clusters import shapes
from kmc.clusters.embedded import cluster
from kmc.clusters.embedded.access import USER_NAMESPACE
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout, default_layout
from kmc.clusters.embedded.progress import Step
from kmc.clusters.embedded.registry import REGISTRY
from kmc.clusters.embedded.releases import Release, find
from kmc.clusters.shapes import Shape
from kmc.commands import suite_images
from kmc.commands.display import Display
from kmc.fixtures.errors import PreflightFailed
from kmc.fixtures.run.access import Access
from kmc.images.build import BuildFailed

KEEP = "KMC_KEEP"
"""Environment variable that, set to anything, keeps a cluster up which a run has started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of this place."""
    group = parser.getgroup("place", "to run without a cluster of your own")
    group.addoption("--embedded", action="store_true", help="use the embedded cluster, and start it if it is not up")
    group.addoption("--knative", metavar="RELEASE", help="with --embedded: the release of Knative, such as 1.20 (kmc "
        "cluster releases); by default the one that is up, else the newest")  # fmt: skip
    group.addoption("--shape", metavar="NAME", help="with --embedded: the shape of the cluster (kmc cluster shapes); "
        "by default the one that is up, else plain")  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse what contradicts itself, and a release that there is none of."""
    if config.option.embedded and config.option.kubeconfig:
        raise pytest.UsageError("--embedded and --kubeconfig exclude each other: the embedded cluster has its own")
    for option in ("knative", "shape"):
        if getattr(config.option, option) and not config.option.embedded:
            raise pytest.UsageError(f"--{option} is about the embedded cluster: it needs --embedded")
    try:
        _release(config)
        _shape(config)
    except ClusterError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_kmc_access(config: pytest.Config, admin: bool) -> Access | None:  # noqa: FBT001 - as the hook has it
    """Start the embedded cluster where it is not up, with images of the present sources."""
    if not config.option.embedded:
        return None
    layout, step = default_layout(), Display()
    try:
        with ExitStack() as started:
            if not cluster.status(layout).running:
                _require_no_upgrade(config)
                started.callback(_take_down, layout, step)
            suite_images.plan(layout, step)
            cluster.up(layout, step, asked=_release(config), shape=_shape(config))
            suite_images.provide(layout, step)
            return Access(
                place="the embedded cluster",
                kubeconfig=layout.admin_kubeconfig if admin else layout.user_kubeconfig,
                namespace=USER_NAMESPACE,
                registry=REGISTRY,
                image_lock=suite_images.lock_file(layout),
                end=started.pop_all().close,
            )
    except (ClusterError, BuildFailed) as error:
        raise PreflightFailed(f"the embedded cluster can't be used: {error}") from error


def _require_no_upgrade(config: pytest.Config) -> None:
    """Refuse to start a cluster that would be gone before it is upgraded."""
    if config.option.before_upgrade or config.option.after_upgrade:
        raise PreflightFailed(
            "the embedded cluster is not up, and one that a run starts ends with the run\n"
            "Start it with kmc cluster up --knative RELEASE, so that it stays while it is upgraded."
        )


def _release(config: pytest.Config) -> Release | None:
    return find(config.option.knative) if config.option.knative else None


def _shape(config: pytest.Config) -> Shape | None:
    return shapes.load(config.option.shape) if config.option.shape else None


def _take_down(layout: Layout, step: Step) -> None:
    """Stop the cluster that this run has started, unless KMC_KEEP is set."""
    if KEEP in os.environ:
        _say(f"{KEEP} is set: the embedded cluster stays up; stop it with kmc cluster down")
        return
    try:
        if cluster.down(layout, step):
            _say("the cluster is down")
    except (ClusterError, OSError) as error:  # whatever it is, the report is written
        _say(f"the embedded cluster was not stopped: {error}\nStop it with kmc cluster down")


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - for a person
