"""``python -m optimspec_conformance.variants``: the old name of ``optimspec dev faults``."""

from .faults.bank import main

if __name__ == "__main__":
    main()
