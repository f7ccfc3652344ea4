"""What stands for a Kube in the tests of the suite."""

from dataclasses import dataclass, field
from typing import Any

from kmc.fixtures.clients.kube import Kube


@dataclass
class KubeDouble(Kube):
    """A Kube of nothing. A double overrides what its test asks for, so that mypy holds it to what a Kube takes."""

    api: Any = field(default=None, kw_only=True)
    timeout: float = field(default=1, kw_only=True)
    patience: float = field(default=1, kw_only=True)
    context_namespace: str = field(default="apps", kw_only=True)
    purpose: str = field(default="", kw_only=True)
    credential: None = field(default=None, kw_only=True)
    in_pod: bool = field(default=False, kw_only=True)
