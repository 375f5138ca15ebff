"""The schedules as the kit knows them, a module each."""
