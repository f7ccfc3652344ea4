"""The pytest plugin that runs tests again and again in one run, with one fault on after the other.

It is loaded by PYTEST_PLUGINS, and told by environment variables which faults of which release. A run of its own for
each fault would take most of its time to begin and to end.
"""

import json
import os
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
from _pytest.runner import CallInfo

from kmc.fixtures.plugin import provided
from kmc.fixtures.plugin.recording import Recording
from kmc.fixtures.plugin.state import RECORDING
from kmc.fixtures.run.member import Member
from kmc.reports.records import binding
from selftest.broken.faults import Fault, load
from selftest.broken.names import FAULTS, KILLED, RELEASE, SEEN
from selftest.broken.runs import Judged
from selftest.broken.switching import connect

_DEPLOYING, _SCOPE = Member.deploying, provided._scope  # noqa: SLF001
_WORST_FIRST = ("failed", "warned", "error", "untestable", "passed", "inapplicable")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the tests of each fault with that fault on, in the place of pytest's own loop."""
    every = load(os.environ[RELEASE])
    faults = {fault.name: fault for fault in every}
    switch = connect(every)
    Member.diagnose = _no_diagnostics  # type: ignore[method-assign,assignment]
    for number, name in enumerate(os.environ[FAULTS].split(",")):
        _name_services_after(number)
        with switch.on(faults[name]):
            judged = run(session, faults[name])
        line = json.dumps({"fault": name, **asdict(judged)})
        with Path(os.environ[SEEN]).open("a") as file:
            file.write(line + "\n")
    return True


def run(session: pytest.Session, fault: Fault) -> Judged:
    """Run a fault's tests; return what became of its requirements. All that was deployed goes at the end.

    Tests that can tell nothing new, since their requirements are red already, are left out.
    """
    items = [item for item in session.items if set(_ids(item)).intersection(fault.judged)]
    begun = time.monotonic()
    found: dict[str, tuple[str, str]] = {}
    while items:
        item, *following = items
        recorded = item.stash[RECORDING] = Recording(item.stash[RECORDING].requirements)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=next(iter(following), None))
        for each in recorded.requirements:
            told = binding(recorded.outcome, each.profile, each.level).value, recorded.cause
            found[each.id] = min(told, found.get(each.id, told), key=_badness)
        red = {each for each, (outcome, _) in found.items() if outcome in KILLED}
        items = [each for each in following if not red.issuperset(set(_ids(each)).intersection(fault.judged))]
        if items[:1] != following[:1]:
            leave = partial(session._setupstate.teardown_exact, next(iter(items), None))  # noqa: SLF001
            CallInfo.from_call(leave, "teardown")
    own = {each: told for each, told in found.items() if each in fault.judged}
    outcomes = {each: outcome for each, (outcome, _) in own.items()}
    return Judged(outcomes, {each: cause for each, (_, cause) in own.items() if cause}, time.monotonic() - begun)


def _badness(told: tuple[str, str]) -> int:
    return _WORST_FIRST.index(told[0])


def _ids(item: pytest.Item) -> list[str]:
    return [each.id for each in item.stash[RECORDING].requirements]


def _name_services_after(number: int) -> None:
    """Have no Service named like one that is on its way out."""
    Member.deploying = lambda run, scope: _DEPLOYING(run, f"{number}-{scope}")  # type: ignore[method-assign,assignment]
    provided._scope = lambda request: f"{number}-{_SCOPE(request)}"  # noqa: SLF001


def _no_diagnostics(*_: object) -> list[Path]:
    return []
