"""A one-node Kubernetes with Knative, from package registries alone."""
