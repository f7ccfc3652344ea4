"""The embedded cluster as a place to run: started where it is not up, and given back as it was found."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc import embedded_plugin
from kmc.clusters.embedded import cluster
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.releases import Release, find
from kmc.clusters.shapes import Shape, load
from kmc.commands import suite_images
from kmc.fixtures.errors import PreflightFailed
from kmc.fixtures.run.access import Access


class Machine:
    """Stands for the machine that the cluster runs on, or not."""

    def __init__(self, *, up: bool) -> None:
        self.running = up
        self.done: list[str] = []
        self.asked: Release | None = None
        self.shape: Shape | None = None

    def status(self, _: Layout) -> Any:
        return SimpleNamespace(running=self.running)

    def up(self, *_: Any, asked: Release | None, shape: Shape | None) -> bool:
        self.done.append("up")
        self.asked, self.shape = asked, shape
        changed, self.running = not self.running, True
        return changed

    def provide(self, *_: Any) -> None:
        self.done.append("images")

    def down(self, *_: Any) -> bool:
        self.done.append("down")
        changed, self.running = self.running, False
        return changed


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Machine]:
    def made(*, up: bool) -> Machine:
        double = Machine(up=up)
        for name in ("status", "up", "down"):
            monkeypatch.setattr(cluster, name, getattr(double, name))
        monkeypatch.setattr(suite_images, "provide", double.provide)
        monkeypatch.setattr(embedded_plugin, "default_layout", lambda: Layout(tmp_path))
        return double

    return made


def access(
    *,
    embedded: bool = True,
    admin: bool = False,
    knative: str | None = None,
    shape: str | None = None,
    upgrade: tuple[str, ...] = (),
) -> Access | None:
    given = {name: "state" if name in upgrade else None for name in ("before_upgrade", "after_upgrade")}
    option = SimpleNamespace(embedded=embedded, kubeconfig=None, knative=knative, shape=shape, **given)
    config: Any = SimpleNamespace(option=option)
    return embedded_plugin.pytest_kmc_access(config, admin)


def given(*, admin: bool = False) -> Access:
    found = access(admin=admin)
    assert found is not None
    return found


@pytest.mark.parametrize("option", ["before_upgrade", "after_upgrade"])
def test_a_cluster_that_is_to_be_upgraded_is_not_started_for_one_run(
    machine: Callable[..., Machine], option: str
) -> None:
    here = machine(up=False)
    with pytest.raises(PreflightFailed, match="Start it with kmc cluster up --knative RELEASE"):
        access(upgrade=(option,))
    assert here.done == []
    here = machine(up=True)
    assert access(upgrade=(option,))
    assert here.done == ["up", "images"]


def test_nothing_is_done_where_nobody_asked_for_it(machine: Callable[..., Machine]) -> None:
    here = machine(up=False)
    assert access(embedded=False) is None
    assert here.done == []


def test_a_cluster_that_a_run_starts_ends_with_it(machine: Callable[..., Machine]) -> None:
    here = machine(up=False)
    given().end()
    assert here.done == ["up", "images", "down"]


def test_it_is_started_in_the_shape_that_was_asked_for(machine: Callable[..., Machine]) -> None:
    here = machine(up=False)
    access(shape="restricted")
    assert here.shape == load("restricted")


@pytest.mark.parametrize(("knative", "asked"), [(None, None), ("1.20", find("1.20"))])
def test_it_is_started_with_the_release_that_was_asked_for(
    machine: Callable[..., Machine], knative: str | None, asked: Release | None
) -> None:
    here = machine(up=False)
    access(knative=knative)
    assert here.asked == asked


def test_a_cluster_that_was_up_stays_up(machine: Callable[..., Machine]) -> None:
    here = machine(up=True)
    given().end()
    assert here.done == ["up", "images"]


def test_one_that_is_to_be_kept_stays_up(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = machine(up=False)
    monkeypatch.setenv(embedded_plugin.KEEP, "1")
    given().end()
    assert here.running
    assert "KMC_KEEP is set: the embedded cluster stays up; stop it with kmc cluster down" in capsys.readouterr().err


def test_the_rights_of_an_administrator_are_given_only_where_the_cluster_may_be_changed(
    machine: Callable[..., Machine],
) -> None:
    machine(up=True)
    assert (given().kubeconfig.name, given(admin=True).kubeconfig.name) == ("kmc.kubeconfig", "admin.kubeconfig")


def test_what_was_started_is_stopped_where_the_rest_fails(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = machine(up=False)

    def fail(*_: Any) -> None:
        raise ClusterError("no room")

    monkeypatch.setattr(suite_images, "provide", fail)
    with pytest.raises(PreflightFailed, match="the embedded cluster can't be used: no room"):
        access()
    assert here.done == ["up", "down"]


def test_a_cluster_that_can_not_be_stopped_is_told_and_raises_nothing(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine(up=False)
    provided = given()

    def fail(*_: Any) -> None:
        raise ClusterError("another is at work")

    monkeypatch.setattr(cluster, "down", fail)
    provided.end()
    assert "was not stopped: another is at work\nStop it with kmc cluster down" in capsys.readouterr().err
