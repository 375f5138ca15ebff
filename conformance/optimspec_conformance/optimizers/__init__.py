"""The rules as the kit knows them, a module each."""
