"""Traffic and revisions: a sidecar belongs to its revision."""
