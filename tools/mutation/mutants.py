"""The mutants of the reference's modules: one small change each.

Not mutated is what no run can show: docstrings, annotations and their aliases, messages of exceptions, and the names
that a module exports.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .edits import Edit, Text, edits

REFERENCE = Path(__file__).parents[2] / "reference" / "optimspec"
LEAST, MOST = 20, 40  # bytes of code that an id shows: at least in all, and at most at each side


@dataclass(frozen=True)
class Mutant:
    """``path`` is relative to the package; ``id`` identifies the change by the code around it, not by its line."""

    path: str
    operator: str
    id: str
    source: bytes


def modules() -> list[str]:
    """The modules with code, in the order in which they are mutated: schedules, composites, rules, shared ones."""
    folders = ("schedulers", "composition", "optimizers", "base")
    paths = [path for folder in folders for path in sorted((REFERENCE / folder).glob("*.py"))]
    return [path.relative_to(REFERENCE).as_posix() for path in paths if path.name != "__init__.py"]


def mutants(path: str) -> list[Mutant]:
    return list(mutants_of(path, (REFERENCE / path).read_bytes()))


def mutants_of(path: str, source: bytes) -> Iterator[Mutant]:
    text, seen = Text(source), Counter[str]()
    for edit, parents in _walk(text, ast.parse(source), []):
        replacement = edit.replacement.encode()
        low, high = _around(text, edit, parents)
        left, right = source[low : edit.start], source[edit.end : high]
        left = "…".encode() + left[-MOST:] if len(left) > MOST else left
        right = right[:MOST] + "…".encode() if len(right) > MOST else right
        before, after = (_flat(left + code + right) for code in (source[edit.start : edit.end], replacement))
        names = [node.name for node in parents if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        id_ = f"{path} {'.'.join(names) or 'module'}: {before} -> {after}"
        seen[id_] += 1
        number = f" #{seen[id_]}" if seen[id_] > 1 else ""
        yield Mutant(path, edit.operator, id_ + number, source[: edit.start] + replacement + source[edit.end :])


def _walk(text: Text, node: ast.AST, parents: list[ast.AST]) -> Iterator[tuple[Edit, list[ast.AST]]]:
    """Every edit, with its node and the nodes around it."""
    for edit in edits(text, node, parents[-1] if parents else None):
        yield edit, [*parents, node]
    for child in _children(node):
        yield from _walk(text, child, [*parents, node])


def _children(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Raise() | ast.JoinedStr() | ast.arg() | ast.Expr(value=ast.Constant()):
            return
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return
    for name, field in ast.iter_fields(node):
        if name not in ("annotation", "returns", "bases"):
            yield from (
                child for child in (field if isinstance(field, list) else [field]) if isinstance(child, ast.AST)
            )


def _around(text: Text, edit: Edit, nodes: list[ast.AST]) -> tuple[int, int]:
    """The smallest piece of code round an edit that has LEAST bytes, within its statement or its parameter."""
    low, high = edit.start, edit.end
    for node in reversed(nodes):
        if isinstance(node, ast.arguments):
            return max(text.source.rfind(before, 0, low) + len(before) for before in (b", ", b"(", b"  ")), high
        if isinstance(node, ast.stmt) and (hasattr(node, "body") or (low, high) == text.span(node)):
            break
        if isinstance(node, ast.expr | ast.stmt | ast.keyword):
            start, end = text.span(node)
            low, high = min(low, start), max(high, end)
        if high - low >= LEAST:
            break
    return low, high


def _flat(code: bytes) -> str:
    """Code on one line, cut off if it is long."""
    text = " ".join(code.decode(errors="ignore").split())
    return text if len(text) <= 3 * MOST else f"{text[: 2 * MOST]}…"
