"""``python -m optimspec_conformance.adopt``: the old name of ``optimspec dev adopt``."""

from .fuzz.adopt import main

if __name__ == "__main__":
    main()
