"""Mechanical mutation of the reference: what share of the mutants the kit rejects, and what becomes of the others."""
