"""The committed cases: what a verdict is made of, how they are made, and how traces are compared.

``committed`` reads the vectors, ``comparison`` finds the first difference. ``areas/`` has the scenarios that classes
share; ``generate`` runs these and each class's own through the oracle, and writes the vectors.

Imports ``oracle``, ``classes`` and ``scenarios``.
"""
