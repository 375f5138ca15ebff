"""The schedules, a module each."""
