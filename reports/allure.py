"""What Allure's pytest plugin leaves out: the facts about the run, and the tests whose worker died.

Under xdist nobody writes environment, categories and executor, and a killed worker writes no result for its test.
"""

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from kmc.reports.model import CheckResult, Report, RequirementResult
from kmc.reports.records import Level, Outcome

CATEGORIES = (
    {"name": "Claims that do not hold", "matchedStatuses": ["failed"]},
    {"name": "A prerequisite is missing", "matchedStatuses": ["broken"], "messageRegex": "(?s).*[Uu]ntestable: .*"},
    {"name": "Errors of the suite", "matchedStatuses": ["broken"]},
    {"name": "Never finished", "matchedStatuses": ["unknown"]},
    {"name": "Does not apply to this target", "matchedStatuses": ["skipped"], "messageRegex": "(?s).*inapplicable: .*"},
    {"name": "Excluded by the operator", "matchedStatuses": ["skipped"], "messageRegex": "(?s).*excluded: .*"},
    {"name": "Missed, and may be", "matchedStatuses": ["skipped"], "messageRegex": "(?s)(XFAIL|warned: ).*"},
)
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.WARNED: "skipped",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "broken",
    Outcome.UNTESTABLE: "broken",
    Outcome.NOT_RUN: "unknown",
    Outcome.INAPPLICABLE: "skipped",
    Outcome.EXCLUDED: "skipped",
}
_SEVERITY = {Level.MUST: "critical", Level.SHOULD: "normal", Level.MAY: "minor"}
_LOST_FIRST = (Outcome.NOT_RUN, Outcome.ERROR)


def allure_files(report: Report, results: Path) -> dict[str, str]:
    """Return the files, name to text, that the Allure results folder lacks. The same report gives the same files."""
    executor = {"name": "kmc", "type": "kmc", "buildName": report.run.id, "reportName": "Multi-container conformance"}
    files = {
        "environment.properties": _properties(_environment(report)),
        "categories.json": json.dumps(CATEGORIES, indent=2) + "\n",
        "executor.json": json.dumps(executor, indent=2) + "\n",
    }
    for result, test in _without_result(report, results):
        own = uuid.uuid5(uuid.NAMESPACE_URL, f"{report.run.id}/{result.id}/{test.test}")
        files[f"{own}-result.json"] = json.dumps(_result(result, test, str(own)), indent=2, sort_keys=True) + "\n"
    return files


def _environment(report: Report) -> dict[str, str]:
    facts = {"Run": report.run.id, "Suite": report.suite.version, "Verdict": report.verdict}
    facts["Requirements"] = f"{report.requirement_set.name} {report.requirement_set.version}"
    if report.implementation:
        facts["Product"] = f"{report.implementation.product} {report.implementation.version}"
    if target := report.target:
        facts |= {"Kubernetes": target.kubernetes, "Knative": target.knative}
        facts["Ingress"] = f"{target.ingress.ingress_class} at {target.ingress.endpoint}"
        words = {True: "on", False: "off", None: "unknown"}
        facts |= {f"Gate.{name}": words[gate.effective] for name, gate in target.gates.items()}
    return facts


def _properties(facts: Mapping[str, str]) -> str:
    lines = [f"{_escaped(key, ' =:')}={_escaped(facts[key], '')}" for key in sorted(facts)]
    return "\n".join(lines) + "\n"


def _escaped(text: str, special: str) -> str:
    """Escape text as Java properties are, which are ASCII."""
    plain = re.sub(rf"[\\{special}]", r"\\\g<0>", text)
    return re.sub(r"[^\x20-\x7e]", lambda match: json.dumps(match[0])[1:-1], plain)


def _without_result(report: Report, results: Path) -> list[tuple[RequirementResult, CheckResult]]:
    """Return the tests that have no result: of each test function as many as are missing, those that crashed first."""
    written = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(results.glob("*-result.json"))]
    counted = Counter(result.get("fullName") for result in written)
    names = {(result.get("fullName"), result.get("name")) for result in written}
    missing = []
    for full_name, tests in _by_function(report).items():
        candidates = [each for each in tests.values() if (full_name, _name(each[1].test)) not in names]
        candidates.sort(key=lambda each: each[1].outcome not in _LOST_FIRST)
        missing += candidates[: max(0, len(tests) - counted[full_name])]
    return missing


def _by_function(report: Report) -> dict[str, dict[str, tuple[RequirementResult, CheckResult]]]:
    """Return the tests, each once however many requirements it has, by Allure's full name of their function."""
    functions: dict[str, dict[str, tuple[RequirementResult, CheckResult]]] = {}
    for result in report.requirements:
        for test in result.tests or _placeholder(result, report):
            functions.setdefault(_full_name(test.test), {}).setdefault(test.test, (result, test))
    return functions


def _placeholder(result: RequirementResult, report: Report) -> Iterable[CheckResult]:
    """Stand in for a requirement of a whole run whose tests were never collected."""
    if not report.run.selection:
        yield CheckResult(f"requirement::{result.id}", result.outcome, result.cause, "", None, 0.0, None, ())


def _full_name(test: str) -> str:
    path, *inner = test.partition("[")[0].split("::")
    return "#".join([".".join([path.removesuffix(".py").replace("/", "."), *inner[:-1]]), *inner[-1:]])


def _name(test: str) -> str:
    return test.rpartition("::")[2]


def _result(result: RequirementResult, test: CheckResult, own: str) -> dict[str, object]:
    full_name = _full_name(test.test)
    start = _milliseconds(test.start)
    labels = {
        "feature": result.area,
        "story": f"{result.id} {result.claim}",
        "tag": result.id,
        "requirement": result.id,
        "severity": _SEVERITY[result.level],
        "suite": full_name.partition("#")[0].rpartition(".")[2],
    }
    return {
        "uuid": own,
        "historyId": _history_id(full_name, test.test),
        "fullName": full_name,
        "name": _name(test.test),
        "status": _STATUS[test.outcome],
        "statusDetails": {"message": f"{test.outcome}: {test.cause}", "trace": test.detail},
        "stage": "finished",
        "start": start,
        "stop": start + round(test.duration * 1000),
        "labels": [{"name": name, "value": value} for name, value in labels.items()],
    }


def _history_id(full_name: str, test: str) -> str:
    """Return what Allure's plugin gives the test, so that its history goes on; with parameters it can't be known."""
    parameters = test.partition("[")[2]
    return hashlib.md5((full_name + parameters).encode(), usedforsecurity=False).hexdigest()


def _milliseconds(time: str | None) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000) if time else 0
