"""Journals of runs that end in every way, for the tests of what is made from them."""

from dataclasses import dataclass
from pathlib import Path

from kmc.reports.assemble import report_of
from kmc.reports.journal import Journal
from kmc.reports.model import Report
from kmc.reports.records import (
    Check,
    Evidence,
    Footer,
    Gate,
    Header,
    Image,
    Implementation,
    Ingress,
    Level,
    Node,
    Outcome,
    Plan,
    Planned,
    Profile,
    Requirement,
    Residue,
    Suite,
    TargetFacts,
)
from kmc.reports.requirement_set import requirement_set

MULTI = "multi-container"
PROBING = "multi-container-probing"
LINKS = "https://knative.dev/docs/a/ https://github.com/knative/serving/blob/knative-v1.23.0/b.go#L76-L89"
"""Sources as the suite writes them; the other requirements have them as the first reports did."""
REQUIREMENTS = (
    Requirement(
        "MC-RTE-02", "port routing", Profile.CORE, Level.MUST, "doc", "The port decides.", LINKS, "", {MULTI: True}
    ),
    Requirement(
        "MC-ADM-02", "admission", Profile.CORE, Level.MUST, "doc", "Two are accepted.", "FF", "", {MULTI: True}
    ),
    Requirement("MC-LOC-01", "localhost", Profile.CORE, Level.SHOULD, "doc", "They share it.", "FF", "", {MULTI: True}),
    Requirement(
        "MC-PRB-01",
        "probes",
        Profile.PROBING,
        Level.MUST,
        "doc",
        "Sidecars are probed.",
        "QU",
        ">=1.14",
        {PROBING: True},
    ),
    Requirement(
        "MC-ADM-01", "admission", Profile.GATED, Level.MUST, "doc", "Off means refused.", "KV:474", "", {MULTI: False}
    ),
    Requirement("MC-POD-05", "pod shape", Profile.UPSTREAM, Level.MUST, "impl", "A queue-proxy.", "DP:250", "", {}),
    Requirement("MC-LIF-05", "lifecycle", Profile.LIMITS, Level.MUST, "impl", "No start order.", "#8471", "", {}),
)
APPLICABLE = {Profile.CORE, Profile.UPSTREAM, Profile.LIMITS}
HEADER = Header(
    run="run-1",
    start="2026-01-02T03:04:05.678Z",
    suite=Suite("0.1.0", "0123abc"),
    requirement_set=requirement_set("knative-multi-container", "1", REQUIREMENTS),
    requirements=REQUIREMENTS,
    options={"profile": ["core"], "verify-tls": True},
    timeouts={"ready": 60.0},
    implementation=Implementation("Ex & Co", "Exámple <Serving>", "3.1", "https://example.com", ("mail@example.com",)),
)
FOOTER = Footer("2026-01-02T03:06:00.000Z", 0)


NOTHING_LEFT = Residue(())


def target(*, multi: bool | None = True, probing: bool | None = False) -> TargetFacts:
    gates = {MULTI: Gate("enabled", multi, "dry run"), PROBING: Gate(None, probing, "dry run")}
    node = Node("node-1", "amd64", "linux", "containerd://2", "v1.37.2")
    return TargetFacts(
        "v1.37.2", "1.15.2", "label of the CRD", "kmc", Ingress("embedded", "127.0.0.1:80"), (node,), gates
    )


TARGET = target()


def check(requirement: str, outcome: Outcome) -> Check:
    """Return a check with a cause where the outcome has one."""
    return Check(
        requirement=requirement,
        test=f"conformance/test_{requirement[3:6].lower()}.py::test_{requirement[-2:]}",
        outcome=outcome,
        start="2026-01-02T03:05:00.000Z",
        duration=1.25,
        worker="gw0",
        cause="" if outcome is Outcome.PASSED else f"it was {outcome}",
        detail="" if outcome is Outcome.PASSED else "a\nb",
        evidence=(Evidence("status", {"code": 200}), Evidence("body", "Yay!! multi-container works")),
    )


def checks(**outcomes: Outcome) -> tuple[Check, ...]:
    """Return a check of each requirement: passed, or inapplicable, except as told (`MC_RTE_02=Outcome.FAILED`)."""
    normal = {each.id: Outcome.PASSED if each.profile in APPLICABLE else Outcome.INAPPLICABLE for each in REQUIREMENTS}
    told = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    return tuple(check(requirement, outcome) for requirement, outcome in (normal | told).items())


@dataclass(frozen=True)
class Example:
    """What a run's journal holds."""

    checks: tuple[Check, ...]
    header: Header = HEADER
    target: TargetFacts | None = TARGET
    planned: tuple[Planned, ...] = ()
    residue: Residue | None = NOTHING_LEFT
    footer: Footer | None = FOOTER


def write(run: Path, example: Example) -> Path:
    """Write a run's journal into a folder and return the folder."""
    journal = Journal(run / "journal.jsonl")
    journal.header(example.header)
    if example.target:
        journal.target(example.target)
    journal.plan(Plan(example.planned))
    journal.image(Image("sidecar", "registry.example/sidecar", "sha256:" + "1" * 64))
    for each in example.checks:
        journal.check(each)
    if example.residue:
        journal.residue(example.residue)
    if example.footer:
        journal.footer(example.footer)
    return run


def report(run: Path, example: Example) -> Report:
    return report_of(write(run, example) / "journal.jsonl")
