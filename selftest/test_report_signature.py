import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kmc.reports.build import build
from kmc.reports.records import Outcome
from kmc.reports.signature import encoded, signature_path
from selftest.report_commands import kmc_report
from selftest.report_examples import Example, checks, write


@pytest.fixture
def public(key: Path) -> Path:
    return key.with_name("vendor.pub")


@pytest.fixture
def file(tmp_path: Path, key: Path) -> Path:
    """Return a signed report."""
    made = build(write(tmp_path / "run", Example(checks(MC_LOC_01=Outcome.FAILED))))[1].report
    assert kmc_report("sign", made, "--key", key).exit_code == 0
    return made


def payload(file: Path) -> dict[str, object]:
    envelope = json.loads(signature_path(file).read_text())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert isinstance(statement, dict)
    return statement


def test_the_bytes_that_are_signed_are_those_of_the_dsse_protocol() -> None:
    # The example of the protocol's specification.
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert encoded("http://example.com/HelloWorld", b"hello world") == expected


def test_a_signed_report_verifies(file: Path, public: Path) -> None:
    done = kmc_report("verify", file, "--key", public)
    assert (done.exit_code, "verified: conformant" in done.output) == (0, True)


def test_the_statement_names_report_set_and_results(file: Path) -> None:
    statement = payload(file)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    predicate = statement["predicate"]
    assert isinstance(predicate, dict)
    assert predicate["result"] == "WARNED"
    assert (predicate["warnedTests"], predicate["failedTests"]) == (["MC-LOC-01"], [])


def test_a_private_key_is_its_owners_alone_and_never_replaced(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    done = kmc_report("new-key", key)
    assert (done.exit_code, key.read_bytes()) == (1, before)


def test_a_report_made_anew_does_not_fit_the_signature(file: Path, public: Path) -> None:
    # Journal and report are forged together, so that they fit each other.
    signature = signature_path(file).read_bytes()
    forged = build(write(file.parent / "forged", Example(checks())))[1].report
    signature_path(forged).write_bytes(signature)
    assert kmc_report("verify", forged).exit_code == 0
    done = kmc_report("verify", forged, "--key", public)
    assert (done.exit_code, done.stdout) == (1, f"{forged}: signature: the signature is of another report\n")


def test_a_signature_by_another_key_is_refused(file: Path, tmp_path: Path) -> None:
    kmc_report("new-key", tmp_path / "stranger")
    done = kmc_report("verify", file, "--key", tmp_path / "stranger.pub")
    assert done.exit_code == 1
    assert "signature: the signature is not by the key" in done.output


def test_a_changed_payload_is_refused(file: Path, public: Path) -> None:
    envelope = json.loads(signature_path(file).read_text())
    statement = {**payload(file), "predicateType": "other"}
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    signature_path(file).write_text(json.dumps(envelope))
    assert "not by the key" in kmc_report("verify", file, "--key", public).output


def test_a_payload_signed_as_something_else_is_refused(file: Path, key: Path, public: Path) -> None:
    envelope = json.loads(signature_path(file).read_text())
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    signature = private.sign(encoded("text/plain", base64.b64decode(envelope["payload"])))
    envelope |= {"payloadType": "text/plain", "signatures": [{"sig": base64.b64encode(signature).decode()}]}
    signature_path(file).write_text(json.dumps(envelope))
    assert "the signature is of another report" in kmc_report("verify", file, "--key", public).output


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"payload": "%", "payloadType": "", "signatures": []}'])
def test_what_is_no_envelope_is_refused(file: Path, public: Path, text: str) -> None:
    signature_path(file).write_text(text)
    done = kmc_report("verify", file, "--key", public)
    assert (done.exit_code, "is not a DSSE envelope" in done.output) == (1, True)


def test_a_missing_signature_is_refused_when_a_key_is_given(file: Path, public: Path) -> None:
    assert "for want of a key" in kmc_report("verify", file).output
    signature_path(file).unlink()
    assert "conformance-report.json.dsse.json is missing" in kmc_report("verify", file, "--key", public).output


def test_a_wrong_key_file_is_said_in_a_line(file: Path, key: Path, public: Path) -> None:
    assert "is not a public key in PEM" in kmc_report("verify", file, "--key", key).output
    assert "is not a private key in PEM" in kmc_report("sign", file, "--key", public).output


def test_a_report_that_does_not_verify_is_not_signed(file: Path, key: Path) -> None:
    signature_path(file).unlink()
    file.write_text(file.read_text().replace("1.25", "1.5"))
    assert kmc_report("sign", file, "--key", key).exit_code == 1
    assert not signature_path(file).exists()
