"""Volumes of each kind: in which containers they are, where, and whether they can be written."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, Stored, mount, serving, sidecar

AUDIENCE = "conformance.example"


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored) -> Service:
    """Two emptyDirs mounted by both containers; all other kinds in the sidecar."""
    config_map, secret = stored.config_map(file="of the ConfigMap"), stored.secret(file="of the Secret")
    pair = stored.config_map(first="the first", second="the second")
    token = {"serviceAccountToken": {"audience": AUDIENCE, "path": "file", "expirationSeconds": 3600}}
    return deploy(
        serving("app", volumeMounts=[mount("data", "/of-app"), mount("guarded", "/guarded", read_only=True)]),
        sidecar(
            "helper",
            volumeMounts=[
                mount("data", "/of-helper"),
                mount("guarded", "/guarded"),
                mount("config", "/config"),
                mount("secret", "/secret"),
                mount("projected", "/projected"),
                mount("pair", "/twice/one", sub_path="first"),
                mount("pair", "/twice/two", sub_path="second"),
                mount("token", "/token"),
            ],
        ),
        volumes=[
            {"name": "data", "emptyDir": {}},
            {"name": "guarded", "emptyDir": {}},
            {"name": "config", "configMap": {"name": config_map}},
            {"name": "secret", "secret": {"secretName": secret}},
            {"name": "projected", "projected": {"sources": [{"configMap": {"name": config_map}}]}},
            {"name": "pair", "configMap": {"name": pair}},
            {"name": "token", "projected": {"sources": [token]}},
        ],
    )


@requirement("MC-VOL-01")
def test_an_empty_dir_is_shared_for_reading_and_writing(service: Service) -> None:
    """Each container sees at its own path what the other writes at its own."""
    assert service.container("helper").write("/of-helper/one", "by the helper").ok
    assert service.container("app").read("/of-app/one") == "by the helper"
    assert service.container("app").write("/of-app/two", "by the app").ok
    assert service.container("helper").read("/of-helper/two") == "by the app"


@requirement("MC-VOL-02")
def test_a_volume_is_read_only_where_mounted_read_only(service: Service) -> None:
    """The sidecar can write, the serving container can only read."""
    assert service.container("helper").write("/guarded/file", "by the helper").ok
    assert service.container("app").read("/guarded/file") == "by the helper"
    assert service.container("app").write("/guarded/file", "by the app").errno == "EROFS"


@requirement("MC-VOL-05")
@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/config/file", "of the ConfigMap"),
        ("/secret/file", "of the Secret"),
        ("/projected/file", "of the ConfigMap"),
    ],
)
def test_config_and_secret_volumes_are_only_where_mounted(service: Service, path: str, content: str) -> None:
    """The container that mounts one can read it and not write it; the other has nothing there."""
    assert service.container("helper").read(path) == content
    assert service.container("helper").write(path, "changed").errno == "EROFS"
    assert service.container("app").read(path) is None


@requirement("MC-VOL-06")
def test_a_volume_can_be_mounted_twice_in_one_container(service: Service) -> None:
    """Each mount shows the part of it that it names."""
    helper = service.container("helper")
    assert (helper.read("/twice/one"), helper.read("/twice/two")) == ("the first", "the second")


@requirement("MC-VOL-07")
def test_a_sidecar_can_have_a_token_of_its_own(service: Service) -> None:
    """It has the requested audience, and names the pod; the other container has none."""
    claims = service.container("helper").token_claims("/token/file")
    assert claims["aud"] == [AUDIENCE]
    assert claims["kubernetes.io"]["pod"]["name"] == service.pod.name
    assert service.container("app").read("/token/file") is None
