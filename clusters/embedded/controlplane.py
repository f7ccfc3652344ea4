"""The daemons that make a Kubernetes control plane, as command lines."""

from pathlib import Path

from kmc.clusters.embedded.sandbox import NODE_ADDRESS

SERVICE_RANGE = "10.96.0.0/16"
POD_RANGE = "10.244.0.0/24"
_ETCD = "http://127.0.0.1:2379"


def etcd(programs: Path, state: Path) -> list[str]:
    """Return etcd's command line; its data is thrown away by `down`, so it need not survive a power cut."""
    return [
        str(programs / "server"),
        f"--data-dir={state}/etcd",
        f"--listen-client-urls={_ETCD}",
        f"--advertise-client-urls={_ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver(programs: Path, state: Path) -> list[str]:
    """Return the API server's command line."""
    pki = state / "pki"
    return [
        str(programs / "kube-apiserver"),
        f"--advertise-address={NODE_ADDRESS}",
        f"--etcd-servers={_ETCD}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--kubelet-client-certificate={pki}/apiserver-kubelet-client.crt",
        f"--kubelet-client-key={pki}/apiserver-kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-key-file={pki}/service-accounts.key",
        f"--service-account-signing-key-file={pki}/service-accounts.key",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--profiling=false",
    ]


def controller_manager(programs: Path, state: Path) -> list[str]:
    """Return the controller manager's command line; there is one of it, so it elects no leader."""
    pki = state / "pki"
    return [
        str(programs / "kube-controller-manager"),
        f"--kubeconfig={state}/controller-manager.kubeconfig",
        f"--cluster-signing-cert-file={pki}/ca.crt",
        f"--cluster-signing-key-file={pki}/ca.key",
        f"--root-ca-file={pki}/ca.crt",
        f"--service-account-private-key-file={pki}/service-accounts.key",
        "--use-service-account-credentials=true",
        f"--flex-volume-plugin-dir={state}/volume-plugins",  # else it makes one below /usr
        "--leader-elect=false",
        "--kube-api-qps=300",  # by default its controllers need 5 s to start, as they wait for their turn
        "--kube-api-burst=500",
        "--profiling=false",
    ]


def scheduler(programs: Path, state: Path) -> list[str]:
    """Return the scheduler's command line; there is one of it, so it elects no leader."""
    return [
        str(programs / "kube-scheduler"),
        f"--kubeconfig={state}/scheduler.kubeconfig",
        "--leader-elect=false",
        "--profiling=false",
    ]
