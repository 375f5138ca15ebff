"""``python -m optimspec_conformance.variants``: the old name of ``optimspec dev faults``, kept for one version."""

from .cli.dev import faults

if __name__ == "__main__":
    faults(prog_name="optimspec dev faults")
