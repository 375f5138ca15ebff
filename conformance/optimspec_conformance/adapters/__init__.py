"""The adapters that come with the kit. Only they import libraries, and only when used."""
