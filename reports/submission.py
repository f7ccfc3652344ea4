"""What a vendor submits: a folder with the report, its signature and key, the certificate, and how to reproduce it.

All but the signature is computed from the report, so that the folder can be checked by whoever has it.
"""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from kmc.reports import files
from kmc.reports.certificate import certificate
from kmc.reports.files import ReportError
from kmc.reports.markdown import escaped, row
from kmc.reports.model import Report, load
from kmc.reports.pages import title_of
from kmc.reports.records import USUAL
from kmc.reports.signature import public_key, sign, signature_path

REPORT = "conformance-report.json"
CERTIFICATE = "certificate.html"
KEY = "signer.pub"
README = "README.md"
NAMES = (REPORT, f"{REPORT}.dsse.json", KEY, CERTIFICATE, README)


def make(report: Report, file: Path, private: Path, to: Path) -> list[Path]:
    """Write the folder of a verified report, signed by a key, and return its files.

    Raises:
        ReportError: the report is none that can be submitted, or a file can't be written.

    """
    if report.implementation is None:
        raise ReportError(f"{file}: names no product: judge it with --implementation FILE")
    if report.run.selection:
        raise ReportError(f"{file}: is of a part of the requirements: {', '.join(report.run.selection)}")
    with files.writing(to):
        to.mkdir(parents=True, exist_ok=True)
    copy = to / REPORT
    files.write(copy, files.read(file).decode())
    files.write(signature_path(copy), sign(report, copy, private))
    files.write(to / KEY, public_key(private))
    for name, text in computed(report).items():
        files.write(to / name, text)
    return [to / name for name in NAMES]


def computed(report: Report) -> dict[str, str]:
    """Return the files of a submission that follow from its report."""
    return {CERTIFICATE: certificate(report), README: readme(report)}


def differences(report: Report, folder: Path) -> Iterator[str]:
    """Yield what is wrong with the files of a submission beside its report."""
    for name in NAMES:
        if not (folder / name).is_file():
            yield f"{name} is missing"
    for name, text in computed(report).items():
        if (folder / name).is_file() and files.read(folder / name).decode(errors="replace") != text:
            yield f"{name} is not what `kmc report submission` makes of the report"


def load_all(folders: tuple[Path, ...]) -> list[tuple[Path, Report]]:
    """Return the submissions in folders, or in the folders below them, with their reports.

    Raises:
        ReportError: there are none, or a report can't be read.

    """
    found = sorted({file for folder in folders for file in folder.rglob(REPORT)})
    if not found:
        raise ReportError(f"no {REPORT} in {', '.join(map(str, folders))}")
    return [(file.parent, load(file)) for file in found]


def readme(report: Report) -> str:
    """Return what a reader needs to judge the product again."""
    about = report.implementation
    commit = f", commit {report.suite.commit}" if report.suite.commit else ""
    facts = {
        "verdict": f"**{report.verdict}**: {escaped(report.reason)}",
        "by": f"{escaped(about.organization)}, <{about.url}>" if about else "",
        "Knative": escaped(report.target.knative) if report.target else "",
        "Kubernetes": report.target.kubernetes if report.target else "",
        "ingress": report.target.ingress.ingress_class if report.target else "",
        "requirement set": f"{report.requirement_set.name} {report.requirement_set.version}",
        "suite": f"{report.suite.version}{commit}",
        "run": f"{report.run.id}, {report.run.start}",
        "sha256 of the report": f"`{report.sha256}`",
    }
    checkout = f"git checkout {report.suite.commit}\n" if report.suite.commit else ""
    lines = [
        f"# {escaped(title_of(report))}", "", row(["", ""]), row(["---", "---"]),
        *(row([name, value]) for name, value in facts.items() if value), "",
        "## Reproduce",
        "Install the product as its vendor says (`INSTALL.md`, where it is here), and in a checkout of the suite:", "",
        f"```console\n{checkout}pip install -c constraints.txt .", *_commands(report), "```", "",
        "## Check", "```console", f"kmc report verify . --key {KEY}", "```",
        f"Compare `{KEY}` with the key that the vendor publishes: the one here proves only that both belong together.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _commands(report: Report) -> Iterator[str]:
    options = report.run.options
    if options.get("place"):
        minor = ".".join(report.target.knative.split()[0].split(".")[:2]) if report.target else ""
        yield f"kmc run --embedded --knative {minor}{_more(options)}"
        return
    namespace = str(options.get("namespace") or "kmc")
    system = _system_namespace(options)
    gates = " --allow-cluster-changes" if options.get("cluster_changes") else ""
    yield f"kmc rbac --namespace {namespace}{system} | kubectl apply -f -"
    if gates:
        yield f"kmc rbac --namespace {namespace}{system}{gates} | kubectl apply -f -"
    yield "kmc images build --push REGISTRY"
    yield f"kmc run --kubeconfig FILE --namespace {namespace} --image-registry REGISTRY{_more(options)}"


def _system_namespace(options: Mapping[str, object]) -> str:
    name = options.get("system_namespace")
    return f" --system-namespace {name}" if name and name != "knative-serving" else ""


def _more(options: Mapping[str, object]) -> str:
    """Return the options that change what is judged or how, as words of the command line."""
    words = ["--allow-cluster-changes"] * int(str(options.get("cluster_changes") or 0))
    profiles = options.get("profiles")
    if isinstance(profiles, list | tuple) and {*profiles} != {*USUAL}:
        words += ["--profile", ",".join(map(str, profiles))]
    for name, option in (("max_pods", "--max-pods"), ("requirement_set", "--requirement-set")):
        words += [option, str(options[name])] if options.get(name) else []
    headers = options.get("request_headers")
    for header in headers if isinstance(headers, list | tuple) else ():
        words += ["--request-header", f"{header}=…"]
    resources = options.get("resources")
    for kind, amounts in resources.items() if isinstance(resources, Mapping) else ():
        words += [word for name, amount in amounts.items() for word in ("--resources", f"{kind}.{name}={amount}")]
    words += [] if options.get("verify_tls", True) else ["--insecure-skip-tls-verify"]
    return _system_namespace(options) + "".join(f" {shlex.quote(word)}" for word in words)
