"""What outlives the cluster's namespaces goes with it, also where the kernel is quicker."""

from pathlib import Path

import pytest

from kmc.clusters.embedded import processes, sandbox
from kmc.clusters.embedded.errors import ClusterError


def refuse(command: list[str]) -> str:
    raise ClusterError(f"{command}: Cannot find device")


@pytest.mark.parametrize("looks", [[True, False], [False]], ids=["gone meanwhile", "gone before"])
def test_a_link_that_the_kernel_has_removed_is_no_error(
    looks: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "link_exists", lambda: looks.pop(0))
    monkeypatch.setattr(processes, "run", refuse)
    sandbox.remove(tmp_path)
    assert looks == []


def test_a_link_that_stays_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "link_exists", lambda: True)
    monkeypatch.setattr(processes, "run", refuse)
    with pytest.raises(ClusterError, match="Cannot find device"):
        sandbox.remove(tmp_path)
