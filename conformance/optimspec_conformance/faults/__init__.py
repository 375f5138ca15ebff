"""The bank of faults: the oracle with one thing changed, for every class.

Start with ``bank``, which gives the faults of a class. A class's own faults are beside its formula, in ``classes``;
those that any scheduler or optimizer can have are here, by what goes wrong. Diagnosis compares failures with them, and
the kill matrix shows that each is rejected for the requirement that it breaks.

Imports ``classes``, ``oracle``, ``scenarios`` and ``specification``.
"""
