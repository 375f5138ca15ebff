"""The oracle: a scenario in, its exact trace out, in 50-digit arithmetic, written from the specification alone.

Start with ``run``, which carries out the operations. ``schedulers`` and ``optimizers`` are the objects: time, groups,
clipping and state around the formulas in ``classes``; ``hooks`` are what faults override.

Imports ``classes`` and ``scenarios``.
"""
