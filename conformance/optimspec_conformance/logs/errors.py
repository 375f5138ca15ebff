"""What cannot be read."""


class LogError(Exception):
    """A log or a schedule that cannot be used, in one sentence."""
