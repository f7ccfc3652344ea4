"""The cluster's own certificate authority, and the kubeconfigs of those who speak to the API server."""

import datetime as dt
import ipaddress
import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kmc.clusters.embedded.sandbox import NODE_ADDRESS

API_SERVER = f"https://{NODE_ADDRESS}:6443"
NODE_NAME = "kmc"
_SERVICE_ADDRESS = "10.96.0.1"
_LIFETIME = dt.timedelta(days=3650)

_NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
_IDENTITIES = {
    "admin": ("kmc-admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
    "kube-proxy": ("system:kube-proxy", ""),
    "coredns": ("kmc:coredns", ""),
}


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def write_all(folder: Path, state: Path) -> None:
    """Write authority, server and client certificates to `folder` and each identity's kubeconfig to `state`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = _new_authority()
    ca_pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
    _write_pair(folder, "ca", Pair(ca_pem, _pem(authority.key)))
    _write_pair(folder, "apiserver", _issue(authority, "kube-apiserver", serves=True))
    _write_pair(folder, "apiserver-kubelet-client", _issue(authority, "kube-apiserver", "system:masters"))
    accounts = ec.generate_private_key(ec.SECP256R1())
    _write_secret(folder / "service-accounts.key", _pem(accounts))
    for identity, (name, organization) in _IDENTITIES.items():
        pair = _issue(authority, name, organization)
        user = {"client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)}
        write_kubeconfig(state / f"{identity}.kubeconfig", ca_pem, identity, user)


def write_kubeconfig(path: Path, ca_pem: bytes, name: str, user: dict[str, str], namespace: str = "default") -> None:
    """Write a self-contained kubeconfig that only its owner can read."""
    cluster = {"server": API_SERVER, "certificate-authority-data": _encoded(ca_pem)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kmc-embedded", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": "kmc-embedded", "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    _write_secret(path, yaml.safe_dump(content, sort_keys=False).encode())


def _new_authority() -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("kmc-embedded-ca")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return _Authority(builder.sign(key, hashes.SHA256()), key)


def _issue(authority: _Authority, name: str, organization: str = "", *, serves: bool = False) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name, organization), authority.certificate.subject, key.public_key())
    use = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    if serves:
        addresses = [x509.IPAddress(ipaddress.ip_address(item)) for item in (NODE_ADDRESS, _SERVICE_ADDRESS)]
        names = [x509.DNSName(item) for item in _NAMES]
        builder = builder.add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
    signed = builder.sign(authority.key, hashes.SHA256())
    return Pair(signed.public_bytes(serialization.Encoding.PEM), _pem(key))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
    )


def _name(common: str, organization: str = "") -> x509.Name:
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # Not PKCS 8, from which the API server would not take the public half of the service accounts' key.
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _encoded(content: bytes) -> str:
    return b64encode(content).decode()


def _write_pair(folder: Path, name: str, pair: Pair) -> None:
    (folder / f"{name}.crt").write_bytes(pair.certificate)
    _write_secret(folder / f"{name}.key", pair.key)


def _write_secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
