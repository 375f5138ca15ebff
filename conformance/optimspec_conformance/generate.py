"""``python -m optimspec_conformance.generate``: the old name of ``optimspec dev generate``."""

import sys

from .cases.generate import main

if __name__ == "__main__":
    sys.exit(main())
