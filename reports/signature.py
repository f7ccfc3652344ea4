"""Signs a report: an in-toto Statement about the file, in a DSSE envelope beside it, with an Ed25519 key.

Formats: in-toto attestation framework v1, its test-result predicate v0.1, and the DSSE protocol v1.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic_core import from_json

from kmc.reports import files
from kmc.reports.files import ReportError
from kmc.reports.model import Report, Verdict
from kmc.reports.records import Outcome
from kmc.reports.strict_json import canonical

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class SignatureError(ReportError):
    """A key can't be used, or a signature is not that of the report; the message says why."""


def signature_path(report: Path) -> Path:
    """Return where the signature of a report is kept."""
    return report.with_name(f"{report.name}.dsse.json")


def write_keys(private: Path) -> Path:
    """Make a key pair: the private key at the path, for its owner only, and the public one, returned, beside it.

    Raises ReportError rather than replace a key.
    """
    key = Ed25519PrivateKey.generate()
    public = private.with_name(f"{private.name}.pub")
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.create({private: (text, 0o600), public: (_pem(key.public_key()), 0o644)})
    return public


def sign(report: Report, file: Path, private: Path) -> str:
    """Return the envelope for the report in a file. Raises SignatureError when the key can't be used."""
    key = _load(private, load_private=True)
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{private}: is not an Ed25519 private key")
    payload = canonical(_statement(report, file)).encode()
    signature = {"keyid": _key_id(key.public_key()), "sig": _base64(key.sign(encoded(PAYLOAD_TYPE, payload)))}
    envelope = {"payload": _base64(payload), "payloadType": PAYLOAD_TYPE, "signatures": [signature]}
    return json.dumps(envelope, indent=2, sort_keys=True) + "\n"


def public_key(private: Path) -> str:
    """Return the public key of a private one, in PEM. Raises SignatureError when the key can't be used."""
    key = _load(private, load_private=True)
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{private}: is not an Ed25519 private key")
    return _pem(key.public_key()).decode()


def key_of(public: Path) -> str:
    """Return a short name of a public key, the beginning of its digest; empty where there is no such file.

    Raises:
        SignatureError: the file is no key.

    """
    if not public.is_file():
        return ""
    key = _load(public, load_private=False)
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{public}: is not an Ed25519 public key")
    return _key_id(key)[:16]


def check(report: Report, file: Path, envelope: bytes, public: Path) -> None:
    """Return when the envelope is about the report in the file and signed by the key; else raise SignatureError."""
    key = _load(public, load_private=False)
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{public}: is not an Ed25519 public key")
    try:
        parsed = from_json(envelope)
        payload = base64.b64decode(parsed["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in parsed["signatures"]]
        kind = str(parsed["payloadType"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise SignatureError("the signature is not a DSSE envelope") from error
    if not any(_is_signed(key, encoded(kind, payload), signature) for signature in signatures):
        raise SignatureError(f"the signature is not by the key {public}, or was changed")
    if kind != PAYLOAD_TYPE or payload != canonical(_statement(report, file)).encode():
        raise SignatureError("the signature is of another report")


def encoded(kind: str, payload: bytes) -> bytes:
    """Return what DSSE signs: the type and the payload, each with its length."""
    return b" ".join([b"DSSEv1", b"%d" % len(kind.encode()), kind.encode(), b"%d" % len(payload), payload])


def _statement(report: Report, file: Path) -> Mapping[str, object]:
    subject = {"name": file.name, "digest": {"sha256": hashlib.sha256(files.read(file)).hexdigest()}}
    named = report.requirement_set
    requirements = {"name": f"{named.name} {named.version}", "digest": {"sha256": named.sha256}}
    predicate = {"result": _result(report), "configuration": [requirements]}
    for outcome in (Outcome.PASSED, Outcome.WARNED, Outcome.FAILED):
        predicate[f"{outcome}Tests"] = [result.id for result in report.requirements if result.outcome is outcome]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": predicate,
    }


def _result(report: Report) -> str:
    """Return one of the predicate's three words; what is not conformant, for whatever reason, did not pass."""
    if report.verdict is not Verdict.CONFORMANT:
        return "FAILED"
    return "WARNED" if report.totals[Outcome.WARNED] else "PASSED"


def _load(file: Path, *, load_private: bool) -> object:
    content = files.read(file)
    try:
        return load_pem_private_key(content, None) if load_private else load_pem_public_key(content)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"{file}: is not a {'private' if load_private else 'public'} key in PEM") from error


def _is_signed(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
