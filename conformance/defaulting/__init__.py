"""Defaulting: what Knative fills in where the user said nothing."""
