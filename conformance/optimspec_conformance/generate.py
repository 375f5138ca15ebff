"""``python -m optimspec_conformance.generate``: the old name of ``optimspec dev generate``, kept for one version."""

from .cli.dev import generate

if __name__ == "__main__":
    generate(prog_name="optimspec dev generate")
