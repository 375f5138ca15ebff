"""The old home of what adapters import, kept for one version: use ``optimspec_conformance.implementations``."""

from .implementations.native import NativeImplementation, PlainState

__all__ = ["NativeImplementation", "PlainState"]
