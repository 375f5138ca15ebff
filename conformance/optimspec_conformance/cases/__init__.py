"""The committed cases: what a verdict is made of, and how they are made.

Start with ``committed``, which reads the vectors; ``comparison`` finds the first difference, ``set_lr`` rewrites cases
for libraries that have no schedulers. ``areas/`` has the scenarios that all classes share; ``generate`` runs these and
each class's own through the oracle, and writes the vectors.

Imports ``classes``, ``oracle``, ``scenarios`` and ``specification``.
"""
