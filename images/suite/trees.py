"""The two layers of the suite's image as tar files: what is taken from Debian, and the Python packages."""

import io
import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import Self

from kmc.images.base import NONROOT
from kmc.images.suite import REPORTS

PYTHON = "3.11"
"""The Python of the Debian release that is taken."""
HOME = "/tmp"  # noqa: S108 - in the image: the one folder that is always writable
_PACKAGES = f"usr/local/lib/python{PYTHON}/dist-packages"
_KMC = f"#!/usr/bin/python{PYTHON}\nfrom kmc.main import main\n\nmain()\n"

# What a program of Python needs, the licences, and the list of packages, for scanners. No shell, no package manager.
_WANTED = re.compile(
    rf"(lib|lib64)/|usr/lib/python{PYTHON}/|usr/lib/[^/]+-linux-gnu/[^/]+\.so|usr/bin/python{PYTHON}$"
    r"|etc/(ld\.so\.conf\.d|ssl|mime\.types|nsswitch\.conf)|usr/share/doc/[^/]+/copyright$|var/lib/dpkg/status$"
)
_UNWANTED = re.compile(r"lib/systemd|/(__pycache__|gconv|pydoc_data|lib2to3|ensurepip|idlelib|test)(/|$)")


def debian(packed: Path, to: Path) -> None:
    """Write the layer of Debian: of the tar that mmdebstrap made, what is wanted; and the users."""
    with tarfile.open(packed) as source, Tree(to) as tree:
        for member in source:
            name = member.name.removeprefix("./")
            if member.isdir() or member.isdev() or not _WANTED.match(name) or _UNWANTED.search(name):
                continue
            tree.add(name, member, source.extractfile(member) if member.isreg() else None)
        nobody = f"kmc:x:{NONROOT}:{NONROOT}:kmc:{HOME}:/sbin/nologin\n"
        tree.write("etc/passwd", f"root:x:0:0:root:/:/sbin/nologin\n{nobody}")
        tree.write("etc/group", f"root:x:0:\nkmc:x:{NONROOT}:\n")
        tree.link("usr/bin/python3", f"python{PYTHON}")
        tree.folder("tmp", 0o1777)
        tree.folder(REPORTS.strip("/"), 0o1777)


def packages(folder: Path, to: Path) -> None:
    """Write the layer of Python packages, installed into a folder; and the command."""
    with Tree(to) as tree:
        for file in sorted(folder.rglob("*")):
            inner = file.relative_to(folder)
            if file.is_file() and inner.parts[0] != "bin" and "__pycache__" not in inner.parts:
                tree.write(f"{_PACKAGES}/{inner.as_posix()}", file.read_bytes())
        tree.write("usr/local/bin/kmc", _KMC, 0o755)


class Tree:
    """A tar that is written: the same bytes for the same files."""

    def __init__(self, to: Path) -> None:
        """Begin the file."""
        self._tar = tarfile.open(to, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by __exit__
        self._folders: set[str] = {"."}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the file."""
        self._tar.close()

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> None:
        """Add a file."""
        data = content.encode() if isinstance(content, str) else content
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), mode
        self.add(name, entry, io.BytesIO(data))

    def link(self, name: str, to: str) -> None:
        """Add a symbolic link."""
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, to, 0o777
        self.add(name, entry, None)

    def folder(self, name: str, mode: int = 0o755) -> None:
        """Add a folder, with those above it."""
        for each in (*reversed(PurePosixPath(name).parents), PurePosixPath(name)):
            if str(each) not in self._folders:
                self._folders.add(str(each))
                entry = tarfile.TarInfo(str(each))
                entry.type, entry.mode = tarfile.DIRTYPE, mode if str(each) == name else 0o755
                self._tar.addfile(entry)

    def add(self, name: str, entry: tarfile.TarInfo, content: object) -> None:
        """Add a member of another tar, as root's and of no time."""
        self.folder(str(PurePosixPath(name).parent))
        entry.name, entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime = name, 0, 0, "", "", 0
        entry.linkname = entry.linkname.removeprefix("./") if entry.islnk() else entry.linkname
        entry.pax_headers = {}
        self._tar.addfile(entry, content)  # type: ignore[arg-type]
