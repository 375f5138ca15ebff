"""The scenarios that all classes share, a module for each area; each gives the ``scenarios`` of a class."""
