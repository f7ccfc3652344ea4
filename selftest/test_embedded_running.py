from pathlib import Path

import pytest

from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.releases import find
from kmc.clusters.embedded.running import Running

RUNNING = Running("1.20.0")


def test_what_runs_is_known_until_the_state_is_removed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert Running.read(layout) is None
    layout.state.mkdir(parents=True)
    for running in (RUNNING, Running("1.20.0", upgrading_to="1.23.0")):
        running.write(layout)
        assert Running.read(layout) == running
    assert [path.name for path in layout.state.iterdir()] == ["running.json"]


def test_the_running_release_will_do_when_it_or_none_was_asked_for() -> None:
    RUNNING.require(None)
    RUNNING.require(find("1.20"))


@pytest.mark.parametrize(("asked", "upgrade"), [("1.19", False), ("1.21", True)])
def test_another_release_is_refused_and_told_how_to_get_it(asked: str, *, upgrade: bool) -> None:
    with pytest.raises(ClusterError, match=rf"1\.20\.0 runs, not {find(asked).version}.*`kmc cluster down`") as error:
        RUNNING.require(find(asked))
    assert (f"kmc cluster upgrade --knative {asked}" in str(error.value)) == upgrade


@pytest.mark.parametrize("asked", [None, "1.20", "1.23"])
def test_a_cluster_between_two_releases_will_do_for_none(asked: str | None) -> None:
    with pytest.raises(ClusterError, match=r"`kmc cluster upgrade --knative 1\.23\.0` to finish it"):
        Running("1.20.0", upgrading_to="1.23.0").require(find(asked) if asked else None)


def test_upgrades_lead_forward_only() -> None:
    for asked in ("1.20", "1.21"):
        RUNNING.refuse_downgrade(find(asked))
    with pytest.raises(ClusterError, match=r"1\.20\.0 runs, and upgrades do not lead back to 1\.19\."):
        RUNNING.refuse_downgrade(find("1.19"))


def test_an_unfinished_upgrade_can_be_finished_but_not_taken_back() -> None:
    between = Running("1.20.0", upgrading_to="1.22.0")
    for asked in ("1.22", "1.23"):
        between.refuse_downgrade(find(asked))
    with pytest.raises(ClusterError, match=r"1\.22\.0 runs, and upgrades do not lead back"):
        between.refuse_downgrade(find("1.21"))
