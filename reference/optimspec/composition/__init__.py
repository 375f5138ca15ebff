"""Schedulers made of schedulers, a module each."""
