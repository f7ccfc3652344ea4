import asyncio
from collections.abc import Mapping, Sequence

import httpx

from kmc.clusters.embedded.ingress.backends import Directory
from kmc.clusters.embedded.ingress.control import Controller, examine
from kmc.clusters.embedded.ingress.envoy import EnvoyRejectedError
from kmc.clusters.embedded.ingress.objects import Json, by_service, key
from kmc.clusters.embedded.ingress.status import SERVED, Verdict
from selftest.ingress_samples import CLASS, endpoint_slice, service, simple

NOTHING = Directory({}, {})
APP = Directory({"ns/app": service("app")}, by_service([endpoint_slice("app", 80, "10.0.0.1")]))


class FakeEnvoy:
    """Remembers what is served, and refuses hosts that begin with `bad`."""

    def __init__(self) -> None:
        self.clusters: Mapping[str, Json] = {}
        self.hosts: set[str] = set()

    async def apply(self, clusters: Mapping[str, Json], public: Sequence[Json], local: Sequence[Json]) -> None:
        assert public == local
        hosts = {domain for host in public for domain in host["domains"]}
        if any(host.startswith("bad") for host in hosts):
            raise EnvoyRejectedError("Envoy refused the public: bad host")
        self.clusters, self.hosts = clusters, hosts

    def serve(self, controller: Controller, directory: Directory, *ingresses: Json) -> dict[str, Verdict]:
        return asyncio.run(controller.serve({key(item): item for item in ingresses}, directory))


def start() -> tuple[FakeEnvoy, Controller]:
    fake = FakeEnvoy()
    return fake, Controller(httpx.AsyncClient(), fake.apply, CLASS, "gateway")


def test_an_ingress_is_served_when_its_backend_is_there_and_gone_with_its_object() -> None:
    fake, controller = start()
    app = simple("app", "a.example.com", "app")
    missing = Verdict("Unknown", "BackendMissing", "Service ns/app does not exist")
    assert fake.serve(controller, NOTHING, app) == {"ns/app": missing}
    assert fake.hosts == set()
    assert fake.serve(controller, APP, app) == {"ns/app": SERVED}
    assert fake.hosts == {"a.example.com"}
    assert list(fake.clusters) == ["ns/app:80"]
    assert fake.serve(controller, APP) == {}
    assert (fake.hosts, fake.clusters) == (set(), {})


def test_without_endpoints_the_first_request_would_fail_so_it_is_not_served_yet() -> None:
    empty = Directory({"ns/app": service("app")}, {})
    verdict = examine(simple("app", "a.example.com", "app"), empty)
    assert verdict == Verdict("Unknown", "NoEndpoints", "Service ns/app has no ready endpoint for its port 80")


def test_what_was_served_stays_until_the_backends_of_the_new_generation_are_there() -> None:
    fake, controller = start()
    fake.serve(controller, APP, simple("app", "a.example.com", "app"))
    second = simple("app", "b.example.com", "next")
    second["metadata"]["generation"] = 2
    assert fake.serve(controller, APP, second)["ns/app"].reason == "BackendMissing"
    assert fake.hosts == {"a.example.com"}


def test_a_backend_that_went_away_does_not_undo_ready() -> None:
    fake, controller = start()
    app = simple("app", "a.example.com", "app")
    fake.serve(controller, APP, app)
    assert fake.serve(controller, NOTHING, app) == {"ns/app": SERVED}
    assert fake.clusters["ns/app:80"]["load_assignment"]["endpoints"] == [{"lb_endpoints": []}]


def test_a_new_object_of_the_same_name_inherits_nothing() -> None:
    fake, controller = start()
    app = simple("app", "a.example.com", "app")
    fake.serve(controller, APP, app)
    again = simple("app", "a.example.com", "app")
    again["metadata"]["uid"] = "another"
    assert fake.serve(controller, NOTHING, again)["ns/app"].reason == "BackendMissing"
    assert fake.hosts == set()


def test_the_one_that_envoy_refuses_is_told_and_the_others_are_served() -> None:
    fake, controller = start()
    bad, good = simple("bad", "bad.example.com", "app"), simple("good", "good.example.com", "app")
    verdicts = fake.serve(controller, APP, bad, good)
    assert verdicts == {"ns/bad": Verdict("False", "Rejected", "Envoy refused the public: bad host"), "ns/good": SERVED}
    assert fake.hosts == {"good.example.com"}
    bad["spec"]["rules"][0]["hosts"] = ["mended.example.com"]
    bad["metadata"]["generation"] = 2
    assert fake.serve(controller, APP, bad, good)["ns/bad"] == SERVED


def test_of_two_that_claim_a_host_the_second_is_told() -> None:
    fake, controller = start()
    verdicts = fake.serve(controller, APP, simple("a", "h.example.com", "app"), simple("b", "h.example.com", "app"))
    assert verdicts["ns/a"] == SERVED
    assert verdicts["ns/b"] == Verdict("False", "HostTaken", "host h.example.com is already served for Ingress ns/a")
