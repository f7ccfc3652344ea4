"""The words behind `kmc job run` that are the suite's: which of them a Job can't take, and the files that they name."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kmc.commands.job.objects import FILES
from kmc.commands.run import option_parser
from kmc.fixtures.errors import BadOption
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE

_FILE = "FILE"
_NOT_IN_A_POD = {
    "--embedded": "a Job runs on the cluster of the kubeconfig; that of the embedded cluster: kmc cluster kubeconfig",
    "--knative": "it is about the embedded cluster",
    "--shape": "it is about the embedded cluster",
    "--before-upgrade": "its file would be lost with the pod; judge an upgrade by kmc run",
    "--after-upgrade": "its file is on this machine; judge an upgrade by kmc run",
    "--joined": "it is internal",
}
_MOST = 900_000
"""Bytes of all files together: a ConfigMap takes 1 MiB."""


@dataclass(frozen=True)
class Words:
    """The suite's words as its container gets them, and what the Job itself has to know of them."""

    words: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    image_map: Path | None = None
    system_namespace: str = SYSTEM_NAMESPACE
    changes_gates: bool = False
    pull_secrets: tuple[str, ...] = ()


def read(given: Sequence[str]) -> Words:
    """Read the suite's words.

    Raises:
        BadOption: one of them has no meaning in a pod, or names a file that can't be read.

    """
    parser = option_parser()
    for word in given:
        if why := _NOT_IN_A_POD.get(word.partition("=")[0]):
            raise BadOption(f"{word.partition('=')[0]}: not for a Job: {why}")
    known, _ = parser.parse_known_args(list(given))
    words, files = _with_files(given, _options_of_files(parser))
    if sum(map(len, files.values())) > _MOST:
        raise BadOption(f"the files {', '.join(files)} are too large for a Job together: more than {_MOST} bytes")
    return Words(
        words,
        files,
        registry=known.image_registry,
        image_map=Path(known.image_map) if known.image_map else None,
        system_namespace=known.system_namespace,
        changes_gates=bool(known.allow_cluster_changes),
        pull_secrets=tuple(known.image_pull_secret),
    )


def _options_of_files(parser: argparse.ArgumentParser) -> set[str]:
    actions = parser._actions  # noqa: SLF001 - argparse has no other way to list them
    return {name for action in actions if action.metavar == _FILE for name in action.option_strings}


def _with_files(given: Sequence[str], options: set[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the words with each file named as it is in the container, and the files' contents."""
    words: list[str] = []
    files: dict[str, str] = {}
    rest = list(given)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if option in options and (equals or rest):
            path = Path(value if equals else rest.pop(0))
            name = re.sub(r"[^-._a-zA-Z0-9]", "_", f"{option.strip('-')}-{path.name}")
            files[name] = _content(option, path)
            words += [option, str(FILES / name)]
        else:
            words.append(word)
    return tuple(words), files


def _content(option: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadOption(f"{option} {file}: can't be read: {why}") from error
