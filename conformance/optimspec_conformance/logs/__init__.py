"""A training log against a schedule: what was logged, what was expected, and the mistake between them.

Start with ``answer``, which compares a log with a schedule.

- Reading: ``files`` and ``events`` read a ``log``, ``printed`` knows how exactly it was written, ``spec`` reads the
  schedule.
- Comparing: ``curve`` has the rates of a schedule (``formulas``), as one of the ``conventions`` reads it;
  ``comparison`` compares them with the log, ``answer`` says how.
- Naming: ``mistakes`` finds the mistakes between both: those of ``times``, the ``alterations`` of a schedule, and those
  of a ``plateau``.
- Proposing: ``proposals`` finds a schedule for a log that has none, with the ``fits`` of ``shapes`` and ``cycles``, and
  ``families`` that no class has; ``free_numbers`` are those that the log leaves open.

Imports ``classes``, ``faults``, ``implementations``, ``oracle``, ``reports`` and ``scenarios``.
"""
