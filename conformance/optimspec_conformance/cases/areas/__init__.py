"""The scenarios that all classes share: a module for each area, whose ``scenarios`` yields the cases of a class."""
