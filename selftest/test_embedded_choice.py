"""The choice of a release on the command line, where it can't be had: one message, nothing changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kmc.clusters.embedded import cluster as embedded
from kmc.clusters.embedded import releases
from kmc.clusters.embedded.cluster import DAEMONS, Status
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.running import Running
from kmc.main import main

Kmc = Callable[..., Result]


@pytest.fixture
def kmc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kmc:
    """Return `kmc cluster` with an empty cache, and with a cluster that looks up when it has noted a release."""
    monkeypatch.setenv("KMC_CACHE", str(tmp_path))
    monkeypatch.setattr(embedded, "status", lambda layout: Status(dict.fromkeys(DAEMONS, 1), Running.read(layout)))
    monkeypatch.setattr("kmc.clusters.embedded.processes.other_states", lambda _: set())
    monkeypatch.setattr("kmc.clusters.embedded.sandbox.link_exists", lambda: False)
    monkeypatch.setattr("kmc.commands.suite_images.provide", lambda *_: None)
    return lambda *words: CliRunner().invoke(main, ["cluster", *words])


def _runs(tmp_path: Path, version: str, upgrading_to: str | None = None) -> None:
    layout = Layout(tmp_path / "embedded")
    layout.state.mkdir(parents=True)
    Running(version, upgrading_to).write(layout)


@pytest.mark.parametrize("word", ["up", "upgrade"])
def test_an_unknown_release_is_refused_before_anything_is_changed(kmc: Kmc, tmp_path: Path, word: str) -> None:
    done = kmc(word, "--knative", "1.99")
    assert (done.exit_code, "no Knative 1.99; it has 1.12." in done.stderr) == (1, True), done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [(), ("--knative", "1.20")])
def test_the_release_that_runs_is_up_already(kmc: Kmc, tmp_path: Path, asked: tuple[str, ...]) -> None:
    _runs(tmp_path, releases.find("1.20").version)
    done = kmc("up", *asked)
    assert (done.exit_code, done.stdout) == (0, "the cluster was up already, with Knative 1.20.0\n")


def test_another_release_is_not_started_beside_the_one_that_runs(kmc: Kmc, tmp_path: Path) -> None:
    _runs(tmp_path, releases.newest().version)
    done = kmc("up", "--knative", "1.20")
    assert (done.exit_code, "runs, not 1.20.0" in done.stderr, "`kmc cluster down`" in done.stderr) == (1, True, True)


def test_there_is_nothing_to_upgrade_without_a_cluster(kmc: Kmc) -> None:
    done = kmc("upgrade", "--knative", "1.20")
    assert (done.exit_code, "run `kmc cluster up --knative 1.20`" in done.stderr) == (1, True), done.output


def test_a_downgrade_is_refused(kmc: Kmc, tmp_path: Path) -> None:
    _runs(tmp_path, "1.20.0")
    done = kmc("upgrade", "--knative", "1.19")
    assert (done.exit_code, "upgrades do not lead back to 1.19." in done.stderr) == (1, True), done.output


def test_an_upgrade_to_what_runs_does_nothing(kmc: Kmc, tmp_path: Path) -> None:
    _runs(tmp_path, releases.newest().version)
    done = kmc("upgrade")
    assert (done.exit_code, done.stdout) == (0, f"Knative {releases.newest().version} runs already\n")


def test_the_status_names_the_release_and_an_upgrade_that_was_not_finished(kmc: Kmc, tmp_path: Path) -> None:
    _runs(tmp_path, "1.20.0", upgrading_to="1.21.0")
    told = kmc("status").stdout
    assert f"{'Knative':25}1.20.0, with an upgrade to 1.21.0 that was not finished\n" in told
    assert json.loads(kmc("status", "--format", "json").stdout)["knative"] == "1.20.0"


def test_the_releases_are_listed_with_what_is_built(kmc: Kmc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "knative_is_built", lambda _, release: release.name == "1.20")
    lines = kmc("releases").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [release.name for release in releases.releases()]
    assert [line for line in lines if "not built" not in line] == ["1.20    1.20.0    built"]
    assert lines[-1].endswith("not built, the default")
