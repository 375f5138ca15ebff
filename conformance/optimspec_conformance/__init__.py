"""The conformance kit of optimspec: point it at an implementation with ``pytest --pyargs optimspec_conformance --impl=X``."""

__version__ = "0.1.0"
