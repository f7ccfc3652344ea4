"""Admission: which Services with several containers are accepted, and why others are refused."""
