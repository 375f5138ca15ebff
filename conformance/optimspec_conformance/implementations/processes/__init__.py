"""Implementations in their own process: programs in any language, and isolated Python.

Start with ``remote``, what both share. ``program`` speaks the process protocol of docs/process-protocol.md, whose lines
``messages`` reads; ``isolated`` starts a ``worker`` for each class; ``child`` is the subprocess and its lines.
"""
