"""Puts all faults into a copy of Knative's modules, each behind its switch."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from selftest.broken.faults import SERVING, Edit, Fault, Wrong

_SWITCH = Path(__file__).parent / "switch.go"
_HAND_ON = Edit(
    "pkg/reconciler/revision/resources/queue.go",
    "	return c, nil\n}",
    '	if name := faultHandedOn(); name != "" {\n'
    "		c.Env = append(c.Env, corev1.EnvVar{Name: faultVariable, Value: name})\n"
    "	}\nFOUND",
)
"""The controller gives the pods that it makes the fault that is switched on in them; with none on, they are as ever."""
_PACKAGE = re.compile(r"^package (\w+)", re.MULTILINE)


def apply(faults: Iterable[Fault], folders: Mapping[str, Path], build: str) -> None:
    """Edit the modules, whose folders are given by their paths; `build` is what the programs call themselves.

    Raises Wrong where an edit does not fit.
    """
    _add_switch(folders[SERVING] / "pkg" / "broken", build)
    changes = [("handing on", _HAND_ON), *((fault.name, edit) for fault in faults for edit in fault.edits)]
    for fault, edit in changes:
        file = folders[edit.module] / edit.file
        file.write_text(edited(file.read_text() if file.is_file() else "", fault, edit))
    for package in {(folders[edit.module] / edit.file).parent for _, edit in changes}:
        _connect(package)


def edited(text: str, fault: str, edit: Edit) -> str:
    """Return a file's text with one edit. Raises Wrong where what it looks for does not stand there exactly once."""
    times = text.count(edit.find)
    if times != 1:
        where = f"{fault}: {edit.module}/{edit.file}"
        raise Wrong(f"{where}: expected this to stand there once, and it does {times} times:\n{edit.find}")
    put = edit.put.replace("FOUND", edit.find).replace("FAULT", f'faultOn("{fault}")')
    return text.replace(edit.find, put)


def _add_switch(folder: Path, build: str) -> None:
    folder.mkdir()
    (folder / "switch.go").write_text(_SWITCH.read_text())
    (folder / "build.go").write_text(f'package broken\n\nconst build = "{build}"\n')


def _connect(package: Path) -> None:
    """Let the code of a package ask for a fault without an import of its own."""
    name = next(found[1] for file in sorted(package.glob("*.go")) if (found := _PACKAGE.search(file.read_text())))
    (package / "fault_on.go").write_text(
        f'package {name}\n\nimport "{SERVING}/pkg/broken"\n\n'
        "var faultOn, faultHandedOn, faultVariable = broken.On, broken.HandedOn, broken.Variable\n"
    )
