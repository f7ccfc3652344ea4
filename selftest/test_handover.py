"""What a process is handed that joins a run."""

from dataclasses import replace

import pytest

from kmc.fixtures.clients.exec_plugin import Credential
from kmc.fixtures.requirements import load
from kmc.fixtures.run import member
from kmc.fixtures.run.handover import Handover
from kmc.fixtures.versions import Releases
from selftest.handovers import handed_over


@pytest.mark.parametrize(
    "handover",
    [
        handed_over(),
        replace(handed_over(), credential=Credential("a token", "certificate", "key", "2026-01-02T03:04:05Z")),
        handed_over(kubeconfig=None, endpoint=None, implementation=None, place="the embedded cluster"),
        replace(handed_over(), facts=replace(handed_over().facts, releases=None, nodes=(), gates={})),
    ],
)
def test_nothing_changes_on_the_way(handover: Handover) -> None:
    text = handover.to_json()
    assert "\n" not in text
    assert Handover.from_json(text) == handover


def test_its_parts_are_what_they_were() -> None:
    arrived = Handover.from_json(handed_over().to_json())
    assert arrived.facts.releases == Releases.named("1.15.2")
    assert arrived.phases[1].requirements == ("MC-PRB-01",)
    assert arrived.options.timeouts.request == 3.0


@pytest.mark.parametrize("text", ["", "{}", "[]", handed_over().to_json().replace('"lease"', '"release"')])
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Handover.from_json(text)


def test_a_member_is_alive_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    handover = replace(handed_over(), credential=Credential("a token"))
    kube = object()
    expected = (handover.options, handover.credential)
    monkeypatch.setattr(member, "connect", lambda *given: kube if given == expected else None)
    joined = member.join(handover, load(), "gw3")
    assert (joined.target.kube, joined.target.lease, joined.target.facts) == (kube, handover.lease, handover.facts)
    assert (joined.worker, joined.journal.path) == ("gw3", handover.options.folder / "journal.jsonl")
