"""Requests to end a command do what Ctrl-C does, for as long as it runs."""

import os
import signal

import pytest

from kmc.fixtures.ends import as_ctrl_c

REQUESTS = (signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", REQUESTS)
def test_a_request_to_end_is_ctrl_c_and_only_meanwhile(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), as_ctrl_c():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before is signal.SIG_DFL


def test_what_nohup_has_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with as_ctrl_c():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
