"""Mechanical mutation of the reference: what share of the mutants the kit rejects, and why not the others."""
