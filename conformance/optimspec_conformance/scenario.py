"""The old home of what adapters import, kept for one version: use ``optimspec_conformance.implementations``."""

from .scenarios.trace import Unsupported

__all__ = ["Unsupported"]
