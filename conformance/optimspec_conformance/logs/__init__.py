"""A training log against a schedule: what was logged, what was expected, and the mistakes that explain the difference.

Start with ``answer``, which joins the parts. ``files`` reads a ``log`` (``events`` one of TensorBoard), and ``printed``
knows how exactly it was written. ``spec`` reads the schedule, ``curve`` or ``plateau`` computes its rates, and
``comparison`` compares both. ``mistakes`` searches for explanations among the ``alterations`` of the schedule and the
wrong ``times``; each that it tries is a ``model``. For a log without a schedule, ``proposals`` joins ``shapes`` that
fit its parts.

Imports ``reports`` and what is below it.
"""
