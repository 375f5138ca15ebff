"""Loads the kit's plugin in a bare checkout, where no entry point does."""

pytest_plugins = ["optimspec_conformance.plugin"]
