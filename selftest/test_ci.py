"""What CI runs: the action's script with programs that are made up, and the samples for other systems."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmc.reports.build import build
from kmc.reports.records import Outcome
from kmc.reports.summary import summary
from selftest.manifests import manifests, sonobuoy_pod, tekton_pod
from selftest.report_examples import Example, checks, report, write
from selftest.scripts import shell_scripts

ROOT = Path(__file__).parents[1]
KMC = """#!/bin/sh
echo "$@" >> said
case $1 in
run) mkdir -p reports/ci; test -z "$JUDGED" || cp "$JUDGED" reports/ci/; exit "$CODE" ;;
report) echo "a table" ;;
esac
"""
INPUTS = {
    "KUBECONFIG_FILE": "config", "NAMESPACE": "tests", "REGISTRY": "r.example", "PROFILES": "", "BASELINE": "",
    "OPTIONS": "", "REPORTS": "reports", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary",
    "RUNNER_TEMP": "/t", "JUDGED": "",
}  # fmt: skip


def judged(folder: Path, code: int, **inputs: str) -> tuple[list[str], dict[str, str], str]:
    """Run the action's script; return what kmc was told, the outputs, and the summary."""
    (folder / "kmc").write_text(KMC)
    (folder / "kmc").chmod(0o755)
    environment = {**os.environ, **INPUTS, "CODE": str(code), **inputs}
    subprocess.run([str(ROOT / "clusters/ci/judge.sh"), "./kmc"], cwd=folder, env=environment, check=True)
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())
    return (folder / "said").read_text().splitlines(), outputs, (folder / "summary").read_text()


def test_the_action_hands_its_inputs_on_and_reports(tmp_path: Path) -> None:
    file = build(write(tmp_path / "run", Example(checks(MC_RTE_02=Outcome.FAILED))))[1].report
    said, outputs, shown = judged(
        tmp_path, 1, JUDGED=str(file), PROFILES="core", BASELINE="known.yaml", OPTIONS="-n 4 --ingress-endpoint a:1"
    )
    assert said[0] == (
        "run --run-id ci --reports reports --kubeconfig config --namespace tests --image-registry r.example "
        "--profile core --baseline known.yaml -n 4 --ingress-endpoint a:1"
    )
    path = "reports/ci/conformance-report.json"
    assert outputs == {"exit-code": "1", "verdict": "not conformant", "report": path}
    assert (said[1], shown) == (f"report summary {path}", "a table\n")


def test_a_cluster_that_can_t_be_judged_has_no_verdict(tmp_path: Path) -> None:
    _, outputs, shown = judged(tmp_path, 10)
    assert outputs == {"exit-code": "10"}
    assert "could not be judged (exit code 10)" in shown


def test_kind_gets_images_that_are_built_for_it(tmp_path: Path) -> None:
    said, *_ = judged(tmp_path, 0, REGISTRY="kind.local")
    assert said[0] == "images build --push kind.local --lock /t/lock.yaml"
    assert said[1].endswith("--image-registry kind.local --image-lock /t/lock.yaml")


@pytest.mark.skipif(os.geteuid() != 0, reason="the embedded cluster needs root")
def test_without_a_kubeconfig_it_is_the_embedded_cluster(tmp_path: Path) -> None:
    said, *_ = judged(tmp_path, 0, KUBECONFIG_FILE="")
    assert said[0] == "run --run-id ci --reports reports --embedded"


def test_the_action_s_outputs_are_those_of_the_script() -> None:
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(action["outputs"]) == {"verdict", "report", "exit-code"}
    [judge] = [step for step in action["runs"]["steps"] if step.get("id") == "run"]
    assert set(judge["env"]) - {"SUITE"} <= set(INPUTS)
    assert {f"inputs.{name}" for name in ("registry", "profiles", "baseline")} <= {
        value.strip("${} ") for value in judge["env"].values()
    }


@pytest.mark.parametrize("file", sorted((ROOT / "docs/ci").iterdir()), ids=lambda file: file.name)
def test_a_sample_names_options_that_there_are(file: Path) -> None:
    text = file.read_text()
    assert list(yaml.safe_load_all(text))
    for option in ("--image-registry", "--run-id", "--reports"):
        assert option in text


@pytest.mark.parametrize(
    ("ingress", "service", "klass"),
    [
        ("", "kourier --namespace kourier-system", "kourier"),
        ("contour", "envoy --namespace contour-external", "contour"),
        ("istio", "istio-ingressgateway --namespace istio-system", "istio"),
    ],
)  # fmt: skip
def test_kind_is_given_any_of_three_ingresses(tmp_path: Path, ingress: str, service: str, klass: str) -> None:
    (tmp_path / "kubectl").write_text('#!/bin/sh\necho "$@" >> "$SAID"\n')
    (tmp_path / "kubectl").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SAID": str(tmp_path / "said")}
    script = ROOT / "clusters/kind/install-knative.sh"
    subprocess.run([script, "1.20.0", *ingress.split()], env=environment, check=True)
    said = (tmp_path / "said").read_text()
    assert f"patch service {service} " in said
    assert f'{{"ingress-class": "{klass}.ingress.networking.knative.dev"}}' in said
    assert f"net-{klass}/releases/download/knative-v1.20.0/" in said
    assert said.count("knative-v1.20.0/serving-") == 2


def test_another_ingress_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    script = ROOT / "clusters/kind/install-knative.sh"
    done = subprocess.run([script, "1.20.0", "nginx"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, "choose kourier, contour or istio" in done.stderr) == (2, True)


def test_scripts_are_found() -> None:
    found = {str(file.relative_to(ROOT)) for file in shell_scripts()}
    assert {"run", ".ci/run", "clusters/kind/install-knative.sh", "clusters/ci/judge.sh"} <= found


def test_a_summary_has_the_verdicts_and_the_trouble(tmp_path: Path) -> None:
    text = summary(report(tmp_path, Example(checks(MC_RTE_02=Outcome.FAILED, MC_LOC_01=Outcome.FAILED))))
    assert text.startswith("## Exámple &lt;Serving&gt; 3.1: not conformant\n")
    assert "| core | not conformant | 1 | 1 | 1 | 0 |" in text
    assert text.index("`MC-RTE-02`") < text.index("`MC-LOC-01`")
    assert "MC-ADM-01" not in text


def test_every_manifest_is_among_those_that_an_api_server_looks_at() -> None:
    """`python -m selftest.manifests` has the embedded cluster's look at them."""
    found = {where for where, _ in manifests()}
    own = [*(ROOT / "clusters").glob("rbac*.yaml"), *(ROOT / "clusters/embedded/manifests").glob("*.yaml")]
    assert {str(file.relative_to(ROOT)) for file in own} <= found
    assert {"kmc job manifest", "clusters/sonobuoy.yaml", "docs/ci/tekton.yaml"} <= found
    for pod in (sonobuoy_pod(), tekton_pod()):
        [container] = pod["spec"]["containers"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
