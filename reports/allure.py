"""What Allure's pytest plugin leaves out: the facts about the run, and the tests whose worker died.

Under xdist nobody writes environment, categories and executor, and a killed worker writes no result for its test.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import TEST_CASE_PATTERN, Label, Status, StatusDetails, TestResult
from allure_commons.types import LabelType, Severity
from allure_commons.utils import md5
from pydantic_core import from_json

from kmc.reports.model import CheckResult, Report, RequirementResult
from kmc.reports.records import Level, Outcome

CATEGORIES = (
    {"name": "Claims that do not hold", "matchedStatuses": ["failed"]},
    {"name": "A prerequisite is missing", "matchedStatuses": ["broken"], "messageRegex": "(?s).*[Uu]ntestable: .*"},
    {"name": "Errors of the suite", "matchedStatuses": ["broken"]},
    {"name": "Never finished", "matchedStatuses": ["unknown"]},
    {"name": "Does not apply to this target", "matchedStatuses": ["skipped"], "messageRegex": "(?s).*inapplicable: .*"},
    {"name": "Excluded by the operator", "matchedStatuses": ["skipped"], "messageRegex": "(?s).*excluded: .*"},
    {
        "name": "Claims that do not hold, and need not",
        "matchedStatuses": ["skipped"],
        "messageRegex": "(?s)(XFAIL|warned: ).*",
    },
)
_STATUS = {
    Outcome.PASSED: Status.PASSED,
    Outcome.WARNED: Status.SKIPPED,
    Outcome.FAILED: Status.FAILED,
    Outcome.ERROR: Status.BROKEN,
    Outcome.UNTESTABLE: Status.BROKEN,
    Outcome.NOT_RUN: Status.UNKNOWN,
    Outcome.INAPPLICABLE: Status.SKIPPED,
    Outcome.EXCLUDED: Status.SKIPPED,
}
_SEVERITY = {Level.MUST: Severity.CRITICAL, Level.SHOULD: Severity.NORMAL, Level.MAY: Severity.MINOR}
_LOST_FIRST = (Outcome.NOT_RUN, Outcome.ERROR)


def describe_run(report: Report) -> dict[str, str]:
    """Return the files, name to text, by which Allure knows the run."""
    executor = {"name": "kmc", "type": "kmc", "buildName": report.run.id, "reportName": "Multi-container conformance"}
    return {
        "environment.properties": _properties(_environment(report)),
        "categories.json": json.dumps(CATEGORIES, indent=2) + "\n",
        "executor.json": json.dumps(executor, indent=2) + "\n",
    }


def add_lost_results(report: Report, results: Path) -> None:
    """Write a result of each test that the Allure results folder has none of; a second time there is none to write."""
    logger = AllureFileLogger(results)
    for result, test in _without_result(report, results):
        logger.report_result(_result(result, test))


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
    written = list(_results_in(results))
    counted = Counter(result.get("fullName") for result in written)
    names = {(result.get("fullName"), result.get("name")) for result in written}
    missing = []
    for full_name, tests in _by_function(report).items():
        candidates = [each for each in tests.values() if (full_name, _name(each[1].test)) not in names]
        candidates.sort(key=lambda each: each[1].outcome not in _LOST_FIRST)
        missing += candidates[: max(0, len(tests) - counted[full_name])]
    return missing


def _results_in(folder: Path) -> Iterable[dict[str, object]]:
    """Return what is there; a file of something else is not ours to judge."""
    for file in folder.glob(TEST_CASE_PATTERN.format(prefix="*")):
        try:
            result = from_json(file.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(result, dict):
            yield result


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


def _result(result: RequirementResult, test: CheckResult) -> TestResult:
    full_name = _full_name(test.test)
    start = _milliseconds(test.start)
    labels = {
        LabelType.FEATURE: result.area,
        LabelType.STORY: f"{result.id} {result.claim}",
        LabelType.TAG: result.id,
        "requirement": result.id,
        LabelType.SEVERITY: _SEVERITY[result.level].value,
        LabelType.SUITE: full_name.partition("#")[0].rpartition(".")[2],
    }
    return TestResult(
        uuid=str(uuid4()),
        # As Allure's plugin makes it, so that the history of a test goes on; with parameters it can't be known.
        historyId=md5(full_name, test.test.partition("[")[2]),
        fullName=full_name,
        name=_name(test.test),
        status=_STATUS[test.outcome],
        statusDetails=StatusDetails(message=f"{test.outcome}: {test.cause}", trace=test.detail),
        stage="finished",
        start=start,
        stop=start + round(test.duration * 1000),
        labels=[Label(name=name, value=value) for name, value in labels.items()],
    )


def _milliseconds(time: str | None) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000) if time else 0
