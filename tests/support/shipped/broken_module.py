"""A bug that a library shipped, put into the numpy example: its text with a few words exchanged."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace

NUMPY_OPTIM = Path(__file__).parents[3] / "examples" / "numpy_optim"
PACKAGE = NUMPY_OPTIM.name
Edit = tuple[str, str]


@dataclass(frozen=True)
class Shipped:
    """A report of a bug, the same bug in the numpy example, and what a run is expected to say of it.

    report       the library, and the number of its issue or change; or the bug in words, if the report has no number
    subject      the class whose checks are run
    requirement  what the bug breaks
    names        what a failure may look like; empty if no name is expected
    edits        words of the example, and what stands in their place: in the class if they are there, else anywhere
    """

    report: str
    subject: str
    requirement: str
    names: tuple[str, ...]
    edits: tuple[Edit, ...]


@cache
def sources() -> dict[str, str]:
    """The text of each module of the example."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(NUMPY_OPTIM.glob("*.py"))}


def edited(subject: str, edits: tuple[Edit, ...]) -> dict[str, str]:
    """The modules that differ from the example."""
    texts = dict(sources())
    for before, after in edits:
        name, start, end = place(texts, subject, before)
        texts[name] = texts[name][:start] + texts[name][start:end].replace(before, after, 1) + texts[name][end:]
    return {name: text for name, text in texts.items() if text != sources()[name]}


def place(texts: dict[str, str], subject: str, before: str) -> tuple[str, int, int]:
    """The module, and the part of it, in which words stand: the class, or the only place of all."""
    for name, text in texts.items():
        found = re.search(rf"^class {subject}\(.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        if found and before in found[0]:
            return name, found.start(), found.end()
    places = [name for name, text in texts.items() for _ in range(text.count(before))]
    if len(places) != 1:
        raise ValueError(f"{subject}: the example has these words {len(places)} times: {before}")
    return places[0], 0, len(texts[places[0]])


@cache
def compiled(name: str) -> CodeType:
    return compile(sources()[name], f"{PACKAGE}/{name}.py", "exec")


def module_of(bug: Shipped) -> SimpleNamespace:
    """The classes of the example with the bug in them."""
    finder = _Finder(edited(bug.subject, bug.edits))
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] == PACKAGE}
    for name in kept:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        return SimpleNamespace(**vars(import_module(PACKAGE)))
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
        sys.modules.update(kept)


class _Finder(MetaPathFinder, Loader):
    """Finds the modules of the example, some of them with another text."""

    def __init__(self, changed: dict[str, str]) -> None:
        self.changed = changed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        return ModuleSpec(fullname, self, is_package=not name) if package == PACKAGE else None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.partition(".")[2] or "__init__"
        text = self.changed.get(name)
        exec(compiled(name) if text is None else compile(text, f"{PACKAGE}/{name}.py", "exec"), vars(module))
