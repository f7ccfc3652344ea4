"""What a vendor submits, its check, and the site of all submissions."""

from dataclasses import replace
from pathlib import Path

import pytest

from kmc.reports import site
from kmc.reports.build import build
from kmc.reports.records import Header, Outcome
from kmc.reports.submission import NAMES
from selftest.html_pages import Page
from selftest.report_commands import kmc_report
from selftest.report_examples import HEADER, Example, checks, write

OF_A_CLUSTER = {"namespace": "tests", "system_namespace": "serving", "cluster_changes": 1, "verify_tls": True}


def run(folder: Path, header: Header = HEADER, **outcomes: Outcome) -> Path:
    return build(write(folder, Example(checks(**outcomes), header=header)))[1].report


def submitted(folder: Path, key: Path, header: Header = HEADER, **outcomes: Outcome) -> Path:
    done = kmc_report(
        "submission",
        run(key.parent / "runs" / folder.name, header, **outcomes),
        "--key",
        key,
        "-o",
        folder / "submission",
    )
    assert done.exit_code == 0, done.output
    return folder / "submission"


def test_a_submission_has_all_its_files_and_verifies(tmp_path: Path, key: Path) -> None:
    folder = submitted(tmp_path, key)
    assert {file.name for file in folder.iterdir()} == set(NAMES)
    done = kmc_report("verify", folder)
    assert (done.exit_code, "verified: conformant" in done.output) == (0, True), done.output
    assert kmc_report("verify", folder, "--key", key.with_name("vendor.pub")).exit_code == 0


def test_another_key_than_the_vendor_s_is_noticed(tmp_path: Path, key: Path) -> None:
    other = tmp_path / "other"
    kmc_report("new-key", other)
    done = kmc_report("verify", submitted(tmp_path, key), "--key", tmp_path / "other.pub")
    assert (done.exit_code, "signature: the signature is not by the key" in done.output) == (1, True), done.output


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_or_changed_is_named(tmp_path: Path, key: Path, name: str) -> None:
    folder = submitted(tmp_path, key)
    text = (folder / name).read_text()
    at = len(text) // 2
    (folder / name).write_text(f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}")
    assert kmc_report("verify", folder).exit_code == 1
    (folder / name).unlink()
    done = kmc_report("verify", folder)
    assert (done.exit_code, name in done.output) == (1, True), done.output


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (replace(HEADER, implementation=None), "names no product"),
        (replace(HEADER, selection=("--requirement MC-RTE-02",)), "a part of the requirements"),
    ],
)
def test_what_says_nothing_of_a_product_is_not_submitted(tmp_path: Path, key: Path, header: Header, why: str) -> None:
    done = kmc_report("submission", run(tmp_path / "run", header), "--key", key, "-o", tmp_path / "out")
    assert (done.exit_code, why in done.output) == (1, True), done.output
    assert not (tmp_path / "out").exists()


def test_a_report_that_does_not_verify_is_not_submitted(tmp_path: Path, key: Path) -> None:
    file = run(tmp_path / "run")
    file.write_text(file.read_text().replace('"conformant"', '"not conformant"', 1))
    done = kmc_report("submission", file, "--key", key, "-o", tmp_path / "out")
    assert (done.exit_code, "does not verify" in done.output) == (1, True), done.output


def test_the_readme_says_how_to_do_it_again(tmp_path: Path, key: Path) -> None:
    text = (submitted(tmp_path / "a", key, replace(HEADER, options=OF_A_CLUSTER)) / "README.md").read_text()
    judged = "kmc run --kubeconfig FILE --namespace tests --image-registry REGISTRY"
    for line in (
        "# Exámple &lt;Serving&gt; 3.1",
        "git checkout 0123abc",
        "kmc rbac --namespace tests --system-namespace serving | kubectl apply -f -",
        "kmc rbac --namespace tests --system-namespace serving --allow-cluster-changes | kubectl apply -f -",
        f"{judged} --system-namespace serving --allow-cluster-changes",
        "kmc report verify . --key signer.pub",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize(
    ("profiles", "more"),
    [(["core", "probing", "gated", "upstream", "limits"], ""), (["core"], " --profile core")],
)
def test_the_readme_judges_the_same_profiles(tmp_path: Path, key: Path, profiles: list[str], more: str) -> None:
    header = replace(HEADER, options={"place": "the embedded cluster", "profiles": profiles})
    assert f"kmc run --embedded --knative 1.15{more}\n" in (submitted(tmp_path, key, header) / "README.md").read_text()


@pytest.fixture
def made(tmp_path: Path, key: Path) -> Path:
    """A site of a product in two versions, the later worse, and of another one that was tampered with."""
    about = HEADER.implementation
    assert about
    submitted(tmp_path / "all/1", key)
    later = replace(HEADER, run="run-2", start="2026-02-02T03:04:05.678Z", implementation=replace(about, version="3.2"))
    submitted(tmp_path / "all/2", key, later, MC_RTE_02=Outcome.FAILED)
    other = replace(HEADER, run="run-3", implementation=replace(about, product="Another", organization="Other"))
    (submitted(tmp_path / "all/3", key, other) / "certificate.html").write_text("<p>all is well</p>")
    done = kmc_report("site", tmp_path / "all", "-o", tmp_path / "site")
    assert done.exit_code == 0, done.output
    return tmp_path / "site"


def test_the_site_has_a_row_of_each_and_says_what_is_wrong(made: Path) -> None:
    text = (made / site.INDEX).read_text()
    page = Page(text)
    assert list(page.rows) == [
        "other-another-3.1-run-3",
        "ex-co-ex-mple-serving-3.2-run-2",
        "ex-co-ex-mple-serving-3.1-run-1",
    ]
    assert [row["data-outcomes"] for row in page.rows.values()] == ["conformant", "not-conformant", "conformant"]
    assert page.leads == ["all"]  # one may skip to the table
    assert text.count("does not verify") == 1
    assert "submission: certificate.html is not what" in text
    assert "newly failing: MC-RTE-02" in text
    assert "Exámple &lt;Serving&gt;" in text


def test_the_site_asks_nobody_and_its_links_lead_somewhere(made: Path) -> None:
    for file in made.rglob("*.html"):
        page = Page(file.read_text())
        assert set(page.leads) <= set(page.ids), file
        for address, rel in page.outside:
            assert rel == "noreferrer" if "://" in address else (file.parent / address).is_file(), (file, address)
        assert "default-src 'none'" in file.read_text()


def test_the_site_has_badges_and_certificates_that_are_computed(made: Path) -> None:
    folder = made / "ex-co-ex-mple-serving-3.2-run-2"
    assert "multi-container: not conformant" in (folder / "badge.svg").read_text()
    assert not (made / "other-another-3.1-run-3" / "badge.svg").exists()  # a report that does not verify has no verdict
    assert "all is well" not in (made / "other-another-3.1-run-3" / "certificate.html").read_text()
    assert "MC-RTE-02" in (made / site.DIFFERENCES).read_text()


def test_a_folder_without_submissions_is_named(tmp_path: Path) -> None:
    done = kmc_report("site", tmp_path, "-o", tmp_path / "site")
    assert (done.exit_code, "no conformance-report.json" in done.output) == (1, True)
