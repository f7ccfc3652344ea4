"""Feature gates: what config-features says is what Knative does."""
