"""Bring the embedded cluster up and down and compare the machine before and after.

Run it as `python -m selftest.embedded_leaves_nothing`.
Exits with 1 and shows what differs when anything of the cluster is left. Needs root and no cluster running.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from kmc.clusters.embedded import processes
from kmc.clusters.embedded.paths import default_layout

_FOLDERS = ("/etc", "/opt", "/run", "/usr/libexec", "/usr/local", "/var")


def _lines_of(*command: str) -> list[str]:
    environment = processes.system_environment()
    lines = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.splitlines()
    return [line for line in lines if not line.startswith(("#", ":"))]  # iptables-save: dates and packet counts


def _links() -> list[str]:
    return [link["ifname"] for link in json.loads(subprocess.check_output(["ip", "-json", "link"]))]


def _addresses() -> list[str]:
    links = json.loads(subprocess.check_output(["ip", "-json", "address"]))
    return [f"{link['ifname']} {item['local']}" for link in links for item in link["addr_info"]]


def _mounts() -> list[str]:
    return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def _cgroups() -> list[str]:
    name = processes.cgroup(default_layout().state)
    return [str(path) for path in Path("/sys/fs/cgroup").glob("**/") if name in path.parts]


def _cluster_processes() -> list[str]:
    layout = default_layout()
    marked = [f"{item.pid} {item.name}" for item in processes.find(layout.state)]
    built = [str(link) for link in Path("/proc").glob("[0-9]*/exe") if _target(link).startswith(str(layout.root))]
    return marked + built


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # it has just ended
        return ""


def _entries() -> list[str]:
    return [str(path) for folder in _FOLDERS for path in Path(folder).rglob("*")]


_LOOKS: dict[str, Callable[[], list[str]]] = {
    "processes": _cluster_processes,
    "links": _links,
    "addresses": _addresses,
    "routes": lambda: _lines_of("ip", "route", "show", "table", "all"),
    "iptables rules": lambda: _lines_of("iptables-save"),
    "ip6tables rules": lambda: _lines_of("ip6tables-save"),
    "mounts": _mounts,
    "cgroups": _cgroups,
    "system folders": _entries,
}


def seen() -> dict[str, set[str]]:
    """Return what the machine has of all that a cluster could leave behind."""
    return {name: set(look()) for name, look in _LOOKS.items()}


def main() -> None:
    """Compare; see the module."""
    before = seen()
    if before["processes"]:
        sys.exit("expected no cluster to run; take it down first: `kmc cluster down`")
    for word in ("up", "down"):
        subprocess.run([sys.executable, "-m", "kmc", "cluster", word], check=True)
        if word == "up" and seen() == before:
            sys.exit("expected to see the running cluster; the comparison is blind")
    after = seen()
    left = [f"{name}: {item}" for name in before for item in sorted(after[name] - before[name])]
    gone = [f"{name}: {item}" for name in before for item in sorted(before[name] - after[name])]
    for line in (*(f"left behind: {item}" for item in left), *(f"taken away: {item}" for item in gone)):
        click.echo(line)
    click.echo(f"{len(left)} left behind, {len(gone)} taken away")
    sys.exit(1 if left or gone else 0)


if __name__ == "__main__":
    main()
