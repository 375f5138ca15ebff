"""A run under pytest: what is collected, the settings, and the session that judges checks and collects results.

Start with ``session``. ``collection`` makes a pytest item of each committed case, ``options`` are the command line's,
``deduplicate`` shows failures of one kind once, ``exit_codes`` is a plugin for the command ``optimspec check``, and
``test_search`` is the search lane.

Imports ``reports``, ``verdict``, ``fuzz`` and what is below them.
"""
