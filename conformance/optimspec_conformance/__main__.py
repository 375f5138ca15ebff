"""``python -m optimspec_conformance`` is the command ``optimspec``."""

from .cli import main

main(prog_name="optimspec")
