"""Status and conditions: what a Service and its Revision report, above all when a sidecar fails."""
