"""The error of this room."""


class LogError(Exception):
    """A log or a schedule cannot be used; the message says why, in one sentence."""
