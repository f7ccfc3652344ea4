"""Broken Knatives: releases with declared faults, each switched on by name, as proof that tests reach the parts."""
