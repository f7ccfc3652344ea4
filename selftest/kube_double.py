"""What stands for a Kube in the tests of the suite."""

from dataclasses import dataclass, field
from typing import Any

from kmc.fixtures.clients.kube import Kube

_NOBODY: Any = None


@dataclass
class KubeDouble(Kube):
    """A Kube of nothing. A double overrides what its test asks for, so that mypy holds it to what a Kube takes."""

    api: Any = field(default=_NOBODY, init=False)
    timeout: float = field(default=1, init=False)
    patience: float = field(default=1, init=False)
    context_namespace: str = field(default="apps", init=False)
    purpose: str = field(default="", init=False)
    credential: None = field(default=None, init=False)
    in_pod: bool = field(default=False, init=False)
