"""Adapters for libraries that have another API. Each imports its library only when it is used.

Start with ``optax``, a library of functions, for which ``functional`` helps, or with ``torch``, the classes of which
``pytorch`` adapts; ``names`` is what libraries call the classes. docs/adapters.md is the guide to writing one.

Imports ``classes``, ``implementations`` and ``scenarios``.
"""
