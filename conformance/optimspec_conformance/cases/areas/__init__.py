"""The scenarios that all classes share: a module for each area, whose ``scenarios`` yields the cases of a class.

Start with ``golden``, a class's own cases; ``time`` and ``updates`` have those of all schedulers and of all optimizers.

Imports ``classes``, ``corpus``, ``oracle`` and ``scenarios``.
"""
