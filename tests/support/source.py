"""The source of the project, as its laws read it: files, modules, and what they import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
KIT = ROOT / "conformance" / "optimspec_conformance"
REFERENCE = ROOT / "reference" / "optimspec"
FOLDERS = ("schedulers", "composition", "optimizers")
PAGES = sorted((ROOT / "spec").rglob("*.md"))
MODULES_OF_THE_KIT = sorted(KIT.rglob("*.py"))
MODULES_OF_THE_REFERENCE = sorted(REFERENCE.rglob("*.py"))

# The order of the kit's rooms, from the ground up. A room imports from itself and from lower floors; rooms of one floor
# do not know each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("", "specification", "scenarios"),
    ("classes",),
    ("oracle", "implementations"),
    ("faults", "cases", "adapters"),
    ("verdict", "fuzz"),
    ("reports",),
    ("session", "logs"),
    ("cli", "plugin"),
    ("__main__", "native", "scenario", "generate", "adopt", "variants"),  # old names, and the command line's door
)


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def in_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def classes_in(directory: Path, suffix: str) -> set[str]:
    """The files of classes below a directory, without their suffix: ``schedulers/exponential``."""
    paths = [path for folder in FOLDERS for path in (directory / folder).glob(f"*{suffix}")]
    return {path.relative_to(directory).with_suffix("").as_posix() for path in paths if path.name != "__init__.py"}


CLASSES = sorted(classes_in(ROOT / "spec", ".md"))


def dotted(path: Path) -> list[str]:
    """The dotted name of a module, split."""
    home = REFERENCE.parent if path.is_relative_to(REFERENCE) else KIT.parent
    names = list(path.relative_to(home).with_suffix("").parts)
    return names[:-1] if names[-1] == "__init__" else names


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: not the bodies of functions, nor what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for alternative in child.orelse:
                yield alternative
                yield from executed(alternative)
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from executed(child)


@cache
def imports(path: Path, *, at_import: bool = False) -> frozenset[str]:
    """The dotted names that a module imports, relative ones resolved, ``import_module("…")`` included."""
    tree = ast.parse(read(path))
    package = dotted(path) if path.name == "__init__.py" else dotted(path)[:-1]
    found: set[str] = set()
    for node in executed(tree) if at_import else ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                found |= {".".join([*above, *filter(None, [module]), alias.name]) for alias in names}
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module" | "importorskip"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
    return frozenset(found)


def libraries(path: Path, *, at_import: bool = False) -> set[str]:
    """The packages that a module imports, without the standard library."""
    return {name.split(".")[0] for name in imports(path, at_import=at_import)} - sys.stdlib_module_names


def imported_modules(path: Path) -> set[str]:
    """The modules of the kit that one of its modules imports."""
    modules = {".".join(dotted(module)) for module in MODULES_OF_THE_KIT}
    found = set()
    for name in imports(path):
        module = name if name in modules else name.rpartition(".")[0]
        if module in modules:
            found.add(module)
    return found - {".".join(dotted(path))}
