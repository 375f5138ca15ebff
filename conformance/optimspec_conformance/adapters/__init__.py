"""Adapters for libraries with another API. Each imports its library when it is used.

``functional`` helps with libraries of functions. docs/adapters.md explains how to write one.

Imports ``implementations`` and ``scenarios``.
"""
