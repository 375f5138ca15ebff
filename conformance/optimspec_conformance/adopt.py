"""``python -m optimspec_conformance.adopt``: the old name of ``optimspec dev adopt``, kept for one version."""

from .cli.dev import adopt

if __name__ == "__main__":
    adopt(prog_name="optimspec dev adopt")
