"""The cluster's cgroups are looked for where they are made, not among others' that come and go."""

from pathlib import Path

import pytest

from kmc.clusters.embedded import sandbox


def test_no_cgroup_of_others_is_walked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def vanished(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(sandbox, "link_exists", lambda: False)
    monkeypatch.setattr(Path, "glob", vanished)
    sandbox.remove(tmp_path)
