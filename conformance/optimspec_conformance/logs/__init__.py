"""A training log against a schedule: what was logged, what was expected, and the mistake between them.

``files`` reads a log, ``printed`` knows how exactly it was written, ``spec`` reads the schedule, ``curve`` has its
rates; ``comparison`` compares both, ``mistakes`` names what is between them, and ``proposals`` finds a schedule for a
log that has none. Imports ``reports`` and what is below it.
"""
