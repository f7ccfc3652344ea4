"""Broken targets, each of which must make tests of the suite fail: the proof that they can."""
