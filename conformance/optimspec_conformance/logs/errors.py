"""The error that this room raises."""


class LogError(Exception):
    """A log or a schedule cannot be used; the message says why, in one sentence."""
