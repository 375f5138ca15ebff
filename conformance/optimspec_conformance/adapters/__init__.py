"""Adapters for libraries that have another API. Each imports its library only when it is used.

``functional`` helps with libraries of functions. docs/adapters.md explains how to write one.

Imports ``implementations`` and ``scenarios``.
"""
