"""The conformance kit of optimspec: ``pytest --pyargs optimspec_conformance --impl=X``."""

__version__ = "0.1.0"
