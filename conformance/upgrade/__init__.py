"""Across an upgrade of Knative: what becomes of Services that were there before."""
