"""The examples in C and Rust: what they need, and the commands of their guide."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from runs import ROOT

GUIDE = (ROOT / "docs" / "any-language.md").read_text(encoding="utf-8")
PROVIDED = ["ExponentialLR", "StepLR", "CosineAnnealingLR", "SGD"]


@dataclass(frozen=True)
class Skeleton:
    """``needs`` are the programs to build it, ``library`` one that pkg-config must know."""

    folder: str
    needs: tuple[str, ...]
    library: str
    least: int  # checks that it passes

    @property
    def commands(self) -> list[str]:
        """What the guide says: to copy it, to build it, to ask smoke."""
        block = re.search(rf"^\$ (cp -r \S+{self.folder} .+?)\n```", GUIDE, re.MULTILINE | re.DOTALL)
        assert block is not None
        return block[1].replace("$ ", "").split("\n")

    def missing(self) -> str:
        missing = [name for name in self.needs if shutil.which(name) is None]
        if (
            not missing
            and self.library
            and subprocess.run(["pkg-config", "--exists", self.library], check=False).returncode
        ):
            missing = [self.library]
        return ", ".join(missing)


C = Skeleton("examples/c", ("gcc", "pkg-config"), "jansson", 490)
RUST = Skeleton("examples/rust", ("cargo",), "", 410)
