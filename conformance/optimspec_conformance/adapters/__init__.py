"""Adapters for libraries that have another API. Each imports its library only when it is used.

``functional`` helps with libraries of functions; ``names`` is what libraries call the classes. docs/adapters.md tells
how to write one.

Imports ``classes``, ``implementations`` and ``scenarios``.
"""
