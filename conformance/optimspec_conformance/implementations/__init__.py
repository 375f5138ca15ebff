"""Implementations under test: finds one, runs it within limits, and observes it.

For authors of adapters: ``NativeImplementation``, ``PlainState`` and ``Unsupported`` can be imported from here.

Start with ``protocol``, what the kit asks of an implementation. ``find`` opens the one that ``--impl`` names;
``native`` runs scenarios on classes in Python, ``processes/`` on programs in any language; ``guard`` enforces the time
limit, ``ending`` the end of the process; ``snippet`` and ``reproduction`` write a scenario as Python.

Imports ``classes`` (their names), ``scenarios`` and ``specification``.
"""

from ..scenarios.trace import Unsupported
from .native import NativeImplementation, PlainState

__all__ = ["NativeImplementation", "PlainState", "Unsupported"]
