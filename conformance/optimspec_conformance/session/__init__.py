"""A run under pytest: what is collected, the settings, and the session that judges checks and collects results.

Start with ``session``. ``start`` gives each process its session, once; ``collection`` makes a pytest item of each
committed case, ``options`` are the command line's, ``exit_codes`` is a plugin for the command ``optimspec check``, and
``test_search`` is the search lane.

Imports ``cases``, ``classes``, ``fuzz``, ``implementations``, ``oracle``, ``reports``, ``scenarios``, ``specification``
and ``verdict``.
"""
