"""Proof that the suite is right."""
