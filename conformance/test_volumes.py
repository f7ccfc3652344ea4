"""Volumes: shared where they are mounted, and nowhere else."""

import pytest

from fixtures.deploy import Deploy
from fixtures.manifest import mount, serving, sidecar
from fixtures.requirements import requirement
from fixtures.service import Service
from fixtures.stored import Stored


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored) -> Service:
    """Two emptyDirs mounted by both containers; a ConfigMap, a Secret and a projected volume in the sidecar."""
    config_map, secret = stored.config_map(file="of the ConfigMap"), stored.secret(file="of the Secret")
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
            ],
        ),
        volumes=[
            {"name": "data", "emptyDir": {}},
            {"name": "guarded", "emptyDir": {}},
            {"name": "config", "configMap": {"name": config_map}},
            {"name": "secret", "secret": {"secretName": secret}},
            {"name": "projected", "projected": {"sources": [{"configMap": {"name": config_map}}]}},
        ],
    )


@requirement("MC-VOL-01")
def test_an_empty_dir_is_shared_for_reading_and_writing(service: Service) -> None:
    """Each container sees at its own path what the other writes at its own."""
    assert service.inside("helper").write("/of-helper/one", "by the helper").ok
    assert service.inside("app").read("/of-app/one") == "by the helper"
    assert service.inside("app").write("/of-app/two", "by the app").ok
    assert service.inside("helper").read("/of-helper/two") == "by the app"


@requirement("MC-VOL-02")
def test_a_volume_is_read_only_where_it_was_mounted_so(service: Service) -> None:
    """The sidecar writes, the serving container reads and can't write."""
    assert service.inside("helper").write("/guarded/file", "by the helper").ok
    assert service.inside("app").read("/guarded/file") == "by the helper"
    assert service.inside("app").write("/guarded/file", "by the app").errno == "EROFS"


@requirement("MC-VOL-05")
@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/config/file", "of the ConfigMap"),
        ("/secret/file", "of the Secret"),
        ("/projected/file", "of the ConfigMap"),
    ],
)
def test_config_and_secret_volumes_are_where_they_are_mounted(service: Service, path: str, content: str) -> None:
    """The container that mounts one can read it and not write it; the other has nothing there."""
    assert service.inside("helper").read(path) == content
    assert service.inside("helper").write(path, "changed").errno == "EROFS"
    assert service.inside("app").read(path) is None
