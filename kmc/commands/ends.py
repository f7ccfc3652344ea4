"""Requests to end a command, other than Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_REQUESTS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def as_ctrl_c() -> Iterator[None]:
    """Take a request to end, as of a CI job that is cancelled or of a terminal that closes, for Ctrl-C meanwhile.

    What this process ignores it goes on to ignore, so that nohup keeps its meaning.
    """
    before = {number: signal.getsignal(number) for number in _REQUESTS}
    for number in (number for number, handler in before.items() if handler is signal.SIG_DFL):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
