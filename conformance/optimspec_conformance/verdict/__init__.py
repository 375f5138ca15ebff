"""Verdicts: a case is run and judged, a failure is explained, shortened and shown.

Start with ``judge``: the result of one case. ``diagnosis`` finds the faults that explain a failure, ``shrink`` a
shorter scenario that still shows it, ``failure`` writes its text; ``known_failures`` are those that are on a list.

Imports ``cases``, ``classes``, ``faults``, ``implementations``, ``oracle``, ``scenarios`` and ``specification``.
"""
