"""A clean-up outlasts one Ctrl-C, and no more."""

import os
import signal

import pytest

from kmc.fixtures.plugin.patience import ANSWER, patient


def test_the_first_ctrl_c_is_answered_and_the_second_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with patient():
        os.kill(os.getpid(), signal.SIGINT)
        assert capfd.readouterr().err == ANSWER
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
