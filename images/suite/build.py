"""Build the image of the suite without a container engine: Debian's packages by mmdebstrap, Python's by pip.

Nothing of either is run: packages are unpacked for each platform, so that any machine builds for all of them. Other
than the two programs it is not the same on every day: Debian's packages are those of the day, with their corrections.
"""

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kmc import SUITE
from kmc.images.base import NONROOT
from kmc.images.build import PLATFORMS, BuildFailed
from kmc.images.layout import LAYER, Descriptor, Image, Layer, digest, finish, put, put_image, put_index
from kmc.images.suite import BUILT_FROM, NAME, REPORTS, reference, tag
from kmc.images.suite.trees import HOME, PYTHON, debian, packages

DEBIAN = "bookworm"
_FROM_DEBIAN = f"python{PYTHON}-minimal,libpython{PYTHON}-stdlib,libstdc++6"  # which wheels expect to be there
_GLIBC = 36  # bookworm has 2.36: wheels for that and all older ones run there
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_ENVIRONMENT = (
    "PATH=/usr/local/bin:/usr/bin",
    f"HOME={HOME}",
    "LANG=C.UTF-8",
    "PYTHONUNBUFFERED=1",
    # The image has no compiled modules, half its size: the first process compiles for those that follow.
    f"PYTHONPYCACHEPREFIX={HOME}/pycache",
)
_CONFIG = {
    "User": str(NONROOT),
    "WorkingDir": HOME,
    "Entrypoint": ["/usr/local/bin/kmc"],
    "Volumes": {HOME: {}, REPORTS: {}},
}


def build(layout: Path, platforms: Sequence[str] = PLATFORMS, commit: str = "") -> str:
    """Write the image into an OCI layout, and return the digest of its index. `commit` is named in its reports.

    Raises:
        BuildFailed: it can't be built here, or a package can't be had.

    """
    checkout = (SUITE / "images").resolve().parent
    if not (checkout / "constraints.txt").exists():
        raise BuildFailed("the image of the suite is built in a checkout: an installed package lacks its sources")
    with tempfile.TemporaryDirectory(prefix="kmc-suite-") as scratch:
        place = Path(scratch)
        _run([*_PIP, "wheel", "--quiet", "--no-deps", f"--wheel-dir={place}", str(checkout)])
        wheel = next(place.glob("*.whl"))
        images = [_image(layout, each, wheel, checkout / "constraints.txt", place, commit) for each in platforms]
    index = put_index(layout, images)
    named = {"org.opencontainers.image.ref.name": tag(), "io.containerd.image.name": f"{NAME}:{tag()}"}
    finish(layout, [{**index, "annotations": named}])
    return str(index["digest"])


def push(crane: Path, layout: Path, registry: str) -> str:
    """Push the image that a layout has, and return its reference with the digest.

    Raises:
        BuildFailed: the registry does not take it.

    """
    return _run([str(crane), "push", str(layout), reference(registry)])


_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def _image(layout: Path, platform: str, wheel: Path, constraints: Path, scratch: Path, commit: str) -> Descriptor:
    architecture = platform.partition("/")[2]
    place = scratch / architecture
    place.mkdir()
    _unpack_debian(architecture, place / "debian.tar")
    _unpack_packages(architecture, wheel, constraints, place / "packages")
    debian(place / "debian.tar", place / "lower.tar")
    packages(place / "packages", place / "upper.tar")
    layers = [_layer(layout, place / name) for name in ("lower.tar", "upper.tar")]
    config = {**_CONFIG, "Env": [*_ENVIRONMENT, f"{BUILT_FROM}={commit}"]}
    return put_image(layout, Image(platform, layers, config, "kmc images build --suite"))


def _unpack_debian(architecture: str, to: Path) -> None:
    command = ["mmdebstrap", "--quiet", "--variant=extract", f"--architectures={architecture}"]
    command += [f"--include={_FROM_DEBIAN}", DEBIAN, str(to)]
    remedy = "apt-get install mmdebstrap, on Ubuntu debian-archive-keyring too; or build with the Containerfile"
    _run(command, {"SOURCE_DATE_EPOCH": "0"}, remedy)


def _unpack_packages(architecture: str, wheel: Path, constraints: Path, to: Path) -> None:
    machine = _MACHINES[architecture]
    names = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, 4, -1)]
    names += [f"{old}_{machine}" for old in ("manylinux2014", "manylinux2010", "manylinux1")]
    command = [*_PIP, "install", "--quiet", "--no-compile", "--only-binary=:all:", f"--target={to}"]
    command += [f"--python-version={PYTHON}", "--implementation=cp", *(f"--platform={name}" for name in names)]
    _run([*command, f"--constraint={constraints}", str(wheel)])


def _layer(layout: Path, file: Path) -> Layer:
    tree = file.read_bytes()
    return Layer(put(layout, LAYER, gzip.compress(tree, 9, mtime=0)), digest(tree))


def _run(command: Sequence[str], env: Mapping[str, str] | None = None, remedy: str = "") -> str:
    try:
        done = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildFailed(f"{command[0]} can't be run: {error}{f'; {remedy}' if remedy else ''}") from error
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout.strip()
