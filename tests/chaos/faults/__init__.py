"""Faults of our own parts."""
