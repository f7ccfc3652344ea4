import ssl
import stat
from base64 import b64decode
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from kmc.clusters.embedded.certificates import write_all


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    write_all(folder / "pki", folder)
    return folder


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_server_is_issued_by_the_authority_for_all_of_its_names(state: Path) -> None:
    authority, server = (_certificate(state / "pki" / f"{name}.crt") for name in ("ca", "apiserver"))
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)
    assert {str(item) for item in names.get_values_for_type(x509.IPAddress)} == {"10.88.0.1", "10.96.0.1"}


def test_a_strict_client_accepts_the_authority(state: Path) -> None:
    context = ssl.create_default_context(cafile=str(state / "pki" / "ca.crt"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert context.get_ca_certs()[0]["subject"] == (
        (("organizationName", "kmc"),),
        (("organizationalUnitName", "kmc-embedded-ca"),),
    )


@pytest.mark.parametrize(
    ("who", "name", "groups"),
    [
        ("admin", "kmc-admin", ["system:masters"]),
        ("kubelet", "system:node:kmc", ["system:nodes"]),
        ("coredns", "kmc:coredns", ["kmc"]),
    ],
)
def test_each_kubeconfig_is_for_one_identity(state: Path, who: str, name: str, groups: list[str]) -> None:
    content = yaml.safe_load((state / f"{who}.kubeconfig").read_text())
    certificate = x509.load_pem_x509_certificate(b64decode(content["users"][0]["user"]["client-certificate-data"]))
    assert [item.value for item in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)] == [name]
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    assert [item.value for item in found] == groups


def test_secrets_are_for_their_owner_only(state: Path) -> None:
    secrets = [*state.glob("*.kubeconfig"), *(state / "pki").glob("*.key")]
    assert len(secrets) == 6 + 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
