"""JUnit XML of a report: a suite of each profile, a case of each requirement and test.

JUnit has four results for our eight outcomes, so every case has its outcome as a property too; a warning passes, with
its cause in the output. The shape is that of pytest's own files (`xunit2`), which CI servers read.
"""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from kmc.reports.model import CheckResult, ProfileResult, Report, RequirementResult
from kmc.reports.records import Outcome

_ELEMENT = {
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.UNTESTABLE: "error",
    Outcome.NOT_RUN: "error",
    Outcome.INAPPLICABLE: "skipped",
    Outcome.EXCLUDED: "skipped",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """Return the text of a JUnit file."""
    root = ET.Element("testsuites", name="multi-container conformance")
    for profile in report.profiles:
        root.append(_suite(report, profile))
    _count(root, list(root.iter("testcase")))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(report: Report, profile: ProfileResult) -> ET.Element:
    suite = ET.Element("testsuite", name=profile.name, timestamp=report.run.start)
    target = report.target
    facts = {"run": report.run.id, "verdict": profile.verdict, "reason": profile.reason}
    facts |= {"kubernetes": target.kubernetes, "knative": target.knative} if target else {}
    _properties(suite, facts)
    for result in report.requirements:
        if result.profile is profile.name:
            suite.extend(_cases(result, selected=not report.run.selection))
    _count(suite, suite.findall("testcase"))
    return suite


def _cases(result: RequirementResult, *, selected: bool) -> list[ET.Element]:
    if result.tests:
        return [_case(result, test) for test in result.tests]
    case = _testcase(result, result.area, "", 0.0, result.outcome)
    element = _ELEMENT[result.outcome] if selected else "skipped"
    _add(case, element, result.outcome, result.cause, "")
    return [case]


def _case(result: RequirementResult, test: CheckResult) -> ET.Element:
    path, _, name = test.test.partition("::")
    module = path.removesuffix(".py").replace("/", ".") or result.area
    case = _testcase(result, module, name.replace("::", "."), test.duration, test.outcome)
    _outcome(case, test.outcome, test.cause, test.detail)
    return case


def _testcase(result: RequirementResult, module: str, name: str, duration: float, outcome: Outcome) -> ET.Element:
    title = _text(f"{result.id} {name}".strip())
    case = ET.Element("testcase", classname=_text(module), name=title, time=f"{duration:.3f}")
    _properties(case, {"id": result.id, "level": result.level, "profile": result.profile, "outcome": outcome})
    return case


def _outcome(case: ET.Element, outcome: Outcome, cause: str, detail: str) -> None:
    if element := _ELEMENT.get(outcome):
        _add(case, element, outcome, cause, detail)
    elif outcome is Outcome.WARNED:
        ET.SubElement(case, "system-out").text = _text(f"warned: {cause}\n{detail}".strip())


def _add(case: ET.Element, element: str, outcome: Outcome, cause: str, detail: str) -> None:
    message = cause if outcome is Outcome.FAILED else f"{outcome}: {cause}"
    ET.SubElement(case, element, type=outcome, message=_text(message)).text = _text(detail)


def _properties(parent: ET.Element, values: dict[str, str]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=_text(value))


def _count(element: ET.Element, cases: Sequence[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
