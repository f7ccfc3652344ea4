"""Autoscaling: replicas are whole pods, from zero to the maximum, and only requests to the Service count."""
