"""A real one-node Kubernetes with a real Knative, built from package registries alone; no Docker, no image registry."""
