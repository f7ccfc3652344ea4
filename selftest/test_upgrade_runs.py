"""--before-upgrade and --after-upgrade as their user starts them, on a cluster that is made up and has no Services."""

import signal
import subprocess
import time
from pathlib import Path

from selftest.api_double import Api, served
from selftest.test_whole_run import PREFLIGHT, start

LEASE = "/api/v1/namespaces/apps/configmaps/kmc-"
MADE_UP = PREFLIGHT + "from kmc.fixtures.service import left\nleft.deploy_all = lambda *_: {}\n"
FAILING = (
    MADE_UP
    + """
from kmc.fixtures.errors import ClaimFailed
def fail(*_):
    raise ClaimFailed("not Ready")
left.deploy_all = fail
"""
)
UPGRADED = MADE_UP.replace("changeable=True", "changeable=True, knative='1.16.0'")


def before(folder: Path, api: Api) -> subprocess.Popen[str]:
    """Leave Services, and return the process that watches over them."""
    process = start(folder, api.url, "--before-upgrade", "state", "--run-id", "left", "-n", "0", plugin=MADE_UP)
    end = time.monotonic() + 100
    state = folder / "state"
    while not (state.exists() and b"beat" in state.read_bytes()) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    return process


def after(folder: Path, api: Api, plugin: str = UPGRADED) -> tuple[int, str]:
    process = start(folder, api.url, "--after-upgrade", "state", "-n", "0", "-k", "no_such_test", plugin=plugin)
    shown, _ = process.communicate(timeout=100)
    return process.returncode, shown


def test_what_is_left_stays_after_ctrl_c(tmp_path: Path) -> None:
    with served(Api()) as api:
        watching = before(tmp_path, api)
        watching.send_signal(signal.SIGINT)
        shown, _ = watching.communicate(timeout=100)
        assert list(api.objects) == [f"{LEASE}left"], shown
    assert watching.returncode == 0, shown
    assert "the Services of run left stay: kmc run --after-upgrade judges and removes them" in shown
    assert (tmp_path / "state").read_text().splitlines()[-1].endswith('"taken_over":false,"kind":"end"}')
    assert not list(tmp_path.glob("out/*/conformance-report.json"))


def test_the_watch_ends_when_what_is_left_is_judged_which_removes_it(tmp_path: Path) -> None:
    with served(Api()) as api:
        watching = before(tmp_path, api)
        code, shown = after(tmp_path, api, MADE_UP)
        assert (code, list(api.objects)) == (10, [f"{LEASE}left"]), shown
        assert "Knative is 1.15.2, as it was when the Services were left" in shown
        assert watching.poll() is None
        code, shown = after(tmp_path, api)
        assert (code, api.objects) == (5, {}), shown
        said, _ = watching.communicate(timeout=100)
    assert watching.returncode == 0, said
    assert (tmp_path / "state").read_text().splitlines()[-1].endswith('"taken_over":true,"kind":"end"}')


def test_nothing_stays_of_what_is_not_left_yet(tmp_path: Path) -> None:
    """Neither the Services nor the file, where Ctrl-C comes before all is said."""
    early = MADE_UP + "from kmc.fixtures.run import upgrading\ndef interrupt(*_): raise KeyboardInterrupt\n"
    with served(Api()) as api:
        process = start(
            tmp_path, api.url, "--before-upgrade", "state", "-n", "0",
            plugin=early + "upgrading.leases.keep = interrupt\n",
        )  # fmt: skip
        shown, _ = process.communicate(timeout=100)
        assert (process.returncode, api.objects) == (2, {}), shown
    assert not (tmp_path / "state").exists()


def test_services_that_can_not_be_left_are_removed(tmp_path: Path) -> None:
    with served(Api()) as api:
        process = start(tmp_path, api.url, "--before-upgrade", "state", "-n", "0", plugin=FAILING)
        shown, _ = process.communicate(timeout=100)
        assert (process.returncode, api.objects) == (1, {}), shown
    assert "ERROR: the Services could not be left: not Ready" in shown
    assert not (tmp_path / "state").exists()
