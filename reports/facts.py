"""What a report says about the target and the run, in words to be shown beside those of other reports."""

from kmc.reports.model import Report
from kmc.reports.records import TargetFacts


def facts_of(report: Report) -> dict[str, str]:
    """Return the facts that two runs of the same suite on the same target have in common."""
    facts = {"verdict": str(report.verdict), "suite": report.suite.version}
    facts["requirement set"] = f"{report.requirement_set.name} {report.requirement_set.version}"
    facts |= {f"verdict of {profile.name}": str(profile.verdict) for profile in report.profiles}
    facts |= {f"image {image.name}": image.digest for image in report.images}
    if report.implementation:
        facts["product"] = f"{report.implementation.product} {report.implementation.version}"
    if target := report.target:
        facts |= {"Kubernetes": target.kubernetes, "Knative": target.knative, "ingress": target.ingress.ingress_class}
    return facts


def gates_of(target: TargetFacts | None) -> dict[str, str]:
    """Return each gate with its state."""
    words = {True: "on", False: "off", None: "unknown"}
    return {name: words[gate.effective] for name, gate in target.gates.items()} if target else {}
