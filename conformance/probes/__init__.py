"""Probes of sidecars: what runs them, and what becomes of the Service when they fail."""
