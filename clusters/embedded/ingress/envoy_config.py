"""Envoy's configuration: bootstrap, clusters and route configurations as Envoy's JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kmc.clusters.embedded.ingress.backends import Backend, Ref
from kmc.clusters.embedded.ingress.objects import Json

PUBLIC = "public"
LOCAL = "local"
HTTPS_PORT = 443
"""Where clients are redirected to: the port of the Service in front, wherever Envoy itself listens."""
CLUSTERS = "clusters"

# Answers with the version of the route configuration that the listener's worker uses. No Ingress can own such a host.
VERSION_HOST = "version.kmc-ingress.invalid"

# Endings of the statistics that Envoy keeps.
STATS = ("version_text", "update_rejected", "warming_clusters")

_API = "type.googleapis.com/envoy"
CLUSTER_TYPE = f"{_API}.config.cluster.v3.Cluster"
ROUTES_TYPE = f"{_API}.config.route.v3.RouteConfiguration"

# Knative limits concurrency itself, in queue-proxy and activator.
_UNLIMITED = 1_000_000


@dataclass(frozen=True)
class Tls:
    """What the public listener speaks https with, and the port where http is redirected to it."""

    certificate: Path
    key: Path
    redirect_port: int


@dataclass(frozen=True)
class Listen:
    """Where Envoy listens: `public` answers for external hosts, `local` also for cluster-local ones."""

    address: str
    public_port: int
    local_port: int
    tls: Tls | None = None

    @property
    def reached_at(self) -> str:
        """The address that reaches it from here."""
        return "127.0.0.1" if self.address == "0.0.0.0" else self.address  # noqa: S104 - compared, not listened at

    def scheme(self, name: str) -> str:
        """Return what a listener speaks."""
        return "https" if self.tls and name == PUBLIC else "http"

    def ports(self) -> dict[str, int]:
        """Return the port of each listener by its name, which is also the name of its route configuration."""
        return {PUBLIC: self.public_port, LOCAL: self.local_port}


def bootstrap(listen: Listen, state: Path) -> Json:
    """Return the static part: the listeners, the files that are watched for the rest, and an admin socket."""
    return {
        "node": {"id": "kmc-ingress", "cluster": "kmc-ingress"},
        "admin": {"address": {"pipe": {"path": str(admin_socket(state)), "mode": 0o600}}},
        # Only what is asked for: every answer of the admin interface goes through all of them.
        "stats_config": {"stats_matcher": {"inclusion_list": {"patterns": [{"suffix": stat} for stat in STATS]}}},
        "dynamic_resources": {"cds_config": _file_source(state, CLUSTERS)},
        "static_resources": {
            "listeners": [
                *(_served(name, listen, state) for name in listen.ports()),
                *([_redirect(listen.address, listen.tls.redirect_port)] if listen.tls else []),
            ]
        },
    }


def admin_socket(state: Path) -> Path:
    """Return the path of Envoy's admin socket."""
    return state / "admin.sock"


def resource_file(state: Path, name: str) -> Path:
    """Return the file that Envoy reads CLUSTERS, or the route configuration of a listener, from."""
    return state / "xds" / f"{name}.json"


def clusters_response(clusters: Sequence[Json], version: str) -> Json:
    """Return what the file of the clusters must hold."""
    return {"version_info": version, "resources": [{"@type": CLUSTER_TYPE} | cluster for cluster in clusters]}


def routes_response(name: str, hosts: Sequence[Json], version: str) -> Json:
    """Return what the file of a listener's routes must hold."""
    answer = {"status": 200, "body": {"inline_string": version}}
    probe = {
        "name": VERSION_HOST,
        "domains": [VERSION_HOST],
        "routes": [{"match": {"prefix": "/"}, "direct_response": answer}],
    }
    routes = {
        "@type": ROUTES_TYPE,
        "name": name,
        "virtual_hosts": [*hosts, probe],
        "ignore_port_in_host_matching": True,
        "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
    }
    return {"version_info": version, "resources": [routes]}


def cluster(ref: Ref, backend: Backend) -> Json:
    """Return the Envoy cluster of a backend."""
    protocol = "http2_protocol_options" if backend.http2 else "http_protocol_options"
    addresses = [
        {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}
        for host, port in backend.endpoints
    ]
    limits = ("max_connections", "max_pending_requests", "max_requests")
    return {
        "name": ref.name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [dict.fromkeys(limits, _UNLIMITED)]},
        "load_assignment": {"cluster_name": ref.name, "endpoints": [{"lb_endpoints": addresses}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_API}.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {protocol: {}},
                "common_http_protocol_options": {"idle_timeout": "30s"},
            }
        },
    }


def _served(name: str, listen: Listen, state: Path) -> Json:
    """Return a listener for the routes of that name."""
    routes = {"rds": {"route_config_name": name, "config_source": _file_source(state, name)}}
    tls = listen.tls if name == PUBLIC else None
    return _listener(name, listen.address, listen.ports()[name], routes, tls)


def _redirect(address: str, port: int) -> Json:
    everything = {"match": {"prefix": "/"}, "redirect": {"https_redirect": True, "port_redirect": HTTPS_PORT}}
    hosts = [{"name": "all", "domains": ["*"], "routes": [everything]}]
    return _listener("redirect", address, port, {"route_config": {"virtual_hosts": hosts}}, None)


def _listener(name: str, address: str, port: int, routes: Json, tls: Tls | None) -> Json:
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {
            "@type": f"{_API}.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": True,
        },
    }
    manager = {
        "@type": f"{_API}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "codec_type": "AUTO",  # HTTP/1.1, or HTTP/2 with prior knowledge
        **routes,
        "http_filters": [router],
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http2_protocol_options": {"allow_connect": True},
        "use_remote_address": True,
        "server_header_transformation": "PASS_THROUGH",
        "stream_idle_timeout": "0s",  # Knative's ingress has no timeouts of its own
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "enable_reuse_port": False,  # a second one must fail, not take half of the connections
        "filter_chains": [chain | ({"transport_socket": _tls(tls)} if tls else {})],
    }


def _tls(tls: Tls) -> Json:
    pair = {"certificate_chain": {"filename": str(tls.certificate)}, "private_key": {"filename": str(tls.key)}}
    context = {"tls_certificates": [pair], "alpn_protocols": ["h2", "http/1.1"]}
    kind = f"{_API}.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": kind, "common_tls_context": context},
    }


def _file_source(state: Path, name: str) -> Json:
    path = resource_file(state, name)
    return {
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
        "resource_api_version": "V3",
    }
