"""The edits of a piece of code: one operator, constant, function or statement in place of another, as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

ARITHMETIC: Final = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
}
COMPARISONS: Final = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
FUNCTIONS: Final = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
}
UNWRAPPED: Final = (
    *("float", "int", "bool", "list", "dict", "tuple", "sorted", "reversed", "copy", "asarray", "ravel"),
    *("abs", "sqrt", "sign", "norm", "_rms", "of_group"),
)
INTERVAL: Final = re.compile(r"[\[(]\S+, \S+[\])]")
BRACKETS: Final = {"[": "(", "(": "[", "]": ")", ")": "]"}


@dataclass(frozen=True)
class Edit:
    """A replacement between two offsets in bytes."""

    operator: str
    start: int
    end: int
    replacement: str


class Text:
    """A module's source, and where its nodes are in it."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.lineno - 1] + node.col_offset, self.lines[node.end_lineno - 1] + node.end_col_offset

    def replace(self, operator: str, node: ast.expr | ast.stmt, replacement: str) -> Edit:
        return Edit(operator, *self.span(node), replacement)

    def between(self, operator: str, left: ast.expr, right: ast.expr, old: str, new: str) -> Edit:
        """An edit of the text between two expressions."""
        start, end = self.span(left)[1], self.span(right)[0]
        start += self.source[start:end].decode().index(old)
        return Edit(f"{operator} {old} to {new}", start, start + len(old), new)

    def swap(self, a: ast.expr, b: ast.expr) -> Edit:
        (start, _), (_, end) = self.span(a), self.span(b)
        first, second = (self.source[slice(*self.span(node))].decode() for node in (a, b))
        return Edit("swapped", start, end, f"{second}, {first}")


def edits(text: Text, node: ast.AST, parent: ast.AST | None) -> Iterator[Edit]:
    """The edits of a node itself."""
    match node:
        case ast.BinOp(left=left, op=ast.BitOr()):
            yield Edit("right operand of | left out", text.span(left)[1], text.span(node)[1], "")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield text.between("arithmetic", left, right, *ARITHMETIC[type(op)])
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for a, comparison, b in zip([left, *comparators], ops, comparators, strict=False):
                old, *others = COMPARISONS[type(comparison)]
                for other in others:
                    yield text.between("comparison", a, b, old, other)
        case ast.BoolOp(op=op, values=values):
            old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            for a, b in pairwise(values):
                yield text.between("boolean", a, b, old, new)
        case ast.UnaryOp(op=ast.Not() | ast.USub() as op, operand=operand):
            word = "not" if isinstance(op, ast.Not) else "minus"
            yield Edit(f"{word} left out", text.span(node)[0], text.span(operand)[0], "")
        case ast.Constant():
            yield from of_constant(text, node, parent)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from of_call(text, node, name)
        case ast.IfExp(test=test) | ast.If(test=test):
            yield text.replace("condition true", test, "True")
            yield text.replace("condition false", test, "False")
        case ast.comprehension(ifs=[test]):
            yield text.replace("condition true", test, "True")
        case ast.Return(value=ast.Tuple(elts=[a, b])):
            yield text.swap(a, b)
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as a, ast.Name() as b])], value=value):
            if not isinstance(value, ast.Tuple):
                yield text.swap(a, b)
    if isinstance(node, ast.stmt) and droppable(node, parent):
        yield text.replace("statement left out", node, "pass")


def of_constant(text: Text, node: ast.Constant, parent: ast.AST | None) -> Iterator[Edit]:
    match node.value:
        case bool() as truth:
            yield text.replace("truth", node, str(not truth))
        case int() as integer:
            yield text.replace("integer", node, str(integer + 1))
        case float() as number:
            yield text.replace("float", node, repr(float(f"{number * 1.01:.10g}")) if number else "1.0")
        case str() as interval if INTERVAL.fullmatch(interval):
            start, end = text.span(node)
            yield Edit("end of an interval", start + 1, start + 2, BRACKETS[interval[0]])
            yield Edit("end of an interval", end - 2, end - 1, BRACKETS[interval[-1]])
        case str():
            match parent:
                case ast.Call(args=[ast.Name(id="self" | "owner"), name, *_]) if name is node:
                    yield text.replace("name of a parameter", node, '"other"')


def of_call(text: Text, node: ast.Call, name: str) -> Iterator[Edit]:
    if name in FUNCTIONS:
        end = text.span(node.func)[1]
        yield Edit(f"function {name} to {FUNCTIONS[name]}", end - len(name), end, FUNCTIONS[name])
    match node:
        case ast.Call(args=[argument], keywords=[]) if name in UNWRAPPED:
            yield text.replace("function left out", node, f"({text.source[slice(*text.span(argument))].decode()})")
        case ast.Call(args=[_, a, b]) if name == "where":
            yield text.swap(a, b)


def droppable(node: ast.stmt, parent: ast.AST | None) -> bool:
    """Whether a module can usually be imported without a statement."""
    match node:
        case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()) | ast.AnnAssign(target=ast.Attribute()):
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple(elts=[ast.Attribute(), *_]), *_]):
            return True
    return isinstance(node, ast.Assign) and isinstance(parent, ast.ClassDef)
