"""How a long command tells what it does."""

from collections.abc import Callable
from contextlib import AbstractContextManager

Step = Callable[[str], AbstractContextManager[None]]
"""Wraps one piece of work: `with step("build etcd v3.7.3"): ...`; entered at its start, left at its end."""
