"""Scenarios and traces: plain data that says what to build and do, and what was observed.

Everything else in the kit is written in terms of this room. Start with ``values`` (how values are encoded as JSON),
then ``operations`` (what can be done) and ``weights`` (what optimizers are given); ``runner`` reads operations and runs
them, ``examples`` has the configurations that several modules use, ``case`` joins a scenario with a requirement, and
``trace`` has the first difference of two traces.

Imports nothing from the kit.
"""
