"""Implementations in their own process: programs in any language, and isolated Python.

Start with ``remote``, what both share. ``program`` speaks the process protocol of docs/process-protocol.md, whose lines
``messages`` reads; ``isolated`` has a ``worker`` for each class, ``forked`` from one that has imported what it runs;
``child`` is the subprocess and its lines.

Imports ``find``, ``guard``, ``protocol`` and ``python`` from the room that it is in; ``classes`` (their names),
``scenarios`` and ``specification``.
"""
