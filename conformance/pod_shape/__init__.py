"""Pod shape: the pod that Knative makes of a Service."""
