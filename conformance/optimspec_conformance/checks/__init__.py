"""The checks, written once and run for every class.

Each module holds the ``scenarios`` of its area, from which the golden vectors are generated; pytest, which collects it,
is given the committed ones.
"""
