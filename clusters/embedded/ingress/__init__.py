"""An ingress controller for Knative: programs Envoy from `ingresses.networking.internal.knative.dev` objects.

Run it with `python -m kmc.clusters.embedded.ingress`. It exists because the embedded cluster needs a Knative networking
layer that can be installed without a container registry. It serves plain HTTP only (HTTP/1.1, HTTP/2 with prior
knowledge, WebSocket, gRPC); an Ingress that asks for TLS is refused in its status.

What an Ingress means is defined by Knative's networking API, `knative.dev/networking/pkg/apis/networking/v1alpha1`.
"""
