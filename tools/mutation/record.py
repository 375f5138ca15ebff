"""What is known about the mutants: ``results.json``, which a run writes, and ``named.toml``, written by hand.

``named.toml`` names the mutants that the kit cannot reject: those that are equivalent, with the reason, and those of
what the reference has beyond the specification, with the test file that fails on them.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from optimspec_conformance.scenarios.json_text import json_text

from .mutants import REFERENCE, Mutant, modules, mutants

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"
ENOUGH = 0.98  # of the mutants that are neither equivalent nor the reference's own


@dataclass(frozen=True)
class Explanation:
    """Why the kit does not reject a mutant. ``test`` is a test file that does, or None if nothing can."""

    reason: str
    test: str | None


@cache
def explanations() -> dict[str, Explanation]:
    """The explanations of mutants that the kit does not reject, by id."""
    content = tomllib.loads((HERE / "named.toml").read_text(encoding="utf-8"))
    by_id: dict[str, Explanation] = {}
    for kind in ("equivalent", "own"):
        for entry in content.get(kind, []):
            for id_ in entry["mutants"]:
                if id_ in by_id:
                    raise ValueError(f"named.toml names a mutant twice: {id_}")
                by_id[id_] = Explanation(entry["reason"], entry["test"] if kind == "own" else None)
    return by_id


def digest(path: str) -> str:
    """The digest of a module's code, without its layout and what is never mutated."""
    code = Mutable().visit(ast.parse((REFERENCE / path).read_bytes()))
    return sha256(ast.dump(code).encode()).hexdigest()[:16]


class Mutable(ast.NodeTransformer):
    """Removes what is never mutated: imports, docstrings, base classes, annotations, and what only they use."""

    def visit_Import(self, node: ast.Import) -> None:
        """Removed."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Removed."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.bases = []
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.body = [line for line in node.body if not (isinstance(line, ast.AnnAssign) and line.value is None)]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        match node.annotation:
            case ast.Name(id="TypeAlias"):
                return None
        node.annotation = ast.Name("_")
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        match node.value:
            case ast.Call(func=ast.Name(id="TypeVar")):
                return None
        return self.generic_visit(node)


def read() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    return content


def left(path: str) -> list[Mutant] | None:
    """The mutants of a module that were not rejected in its last run; None if it has changed since."""
    module = read().get(path)
    if module is None or module["source"] != digest(path):
        return None
    return [mutant for mutant in mutants(path) if mutant.id in module["not_killed"]]


def write(path: str, killed_by: Counter[str], not_killed: list[str]) -> None:
    """Record a module: how many mutants were rejected for each requirement, or ended otherwise, and which were not."""
    entry = {
        "source": digest(path),
        "mutants": killed_by.total() + len(not_killed),
        "killed_by": dict(sorted(killed_by.items())),
        "not_killed": not_killed,
    }
    entries = {**read(), path: entry}
    content = {path: entries[path] for path in modules() if path in entries}
    RESULTS.write_text(json_text(content, levels=2), encoding="utf-8")


def killed() -> list[Mutant]:
    """The mutants that the kit rejects, according to the record."""
    content = read()
    return [m for path in content for m in mutants(path) if m.id not in content[path]["not_killed"]]


def fails_on(test: str, mutant: Mutant) -> bool:
    """Whether a test file of the reference fails on a mutant."""
    with TemporaryDirectory() as directory:
        copy = Path(directory) / "optimspec"
        shutil.copytree(REFERENCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / mutant.path).write_bytes(mutant.source)
        places = [directory, str(ROOT / "conformance")]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            check=False,
        )
    if run.returncode not in (0, 1, 2):  # passed, failed, cannot be imported
        raise RuntimeError(f"{test} did not run: {run.stdout.decode()}{run.stderr.decode()}")
    return run.returncode != 0


def share() -> float:
    """The share of mutants that the kit rejects, of those that are neither equivalent nor the reference's own."""
    rejected = sum(sum(module["killed_by"].values()) for module in read().values())
    survivors = [id_ for module in read().values() for id_ in module["not_killed"] if id_ not in explanations()]
    return rejected / (rejected + len(survivors)) if rejected else 0.0


def summary() -> tuple[str, bool]:
    """The counts, and whether they are those of the present sources and show that the kit rejects enough."""
    content = read()
    left = [id_ for module in content.values() for id_ in module["not_killed"]]
    equivalent = [id_ for id_ in left if id_ in explanations() and explanations()[id_].test is None]
    tested = [id_ for id_ in left if id_ in explanations() and explanations()[id_].test is not None]
    survivors = [id_ for id_ in left if id_ not in explanations()]
    by = Counter[str]()
    for module in content.values():
        by.update(module["killed_by"])
    lines = [
        f"{by.total() + len(left)} mutants of {len(content)} modules",
        f"{by.total()} rejected by the kit, for {len(by)} requirements: {_most(by)}",
        f"{len(equivalent)} equivalent: {_reasons(equivalent)}",
        f"{len(tested)} of what is the reference's own, which fail {_tests(tested)}",
        f"{len(survivors)} survivors",
        *(f"    {id_}" for id_ in survivors),
        f"the kit rejects {share():.2%} of those that are neither equivalent nor the reference's own",
    ]
    stale = [path for path in modules() if path not in content or content[path]["source"] != digest(path)]
    lines += [f"not run, or changed since: {', '.join(stale)}"] if stale else []
    return "\n".join(lines), share() >= ENOUGH and not stale


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(8)) + ", …"


def _reasons(ids: Iterable[str]) -> str:
    reasons = Counter(explanations()[id_].reason for id_ in ids)
    return "".join(f"\n    {count:4} {reason}" for reason, count in reasons.most_common())


def _tests(ids: Iterable[str]) -> str:
    tests = Counter(explanations()[id_].test for id_ in ids)
    return ", ".join(f"{test} ({count})" for test, count in tests.most_common())
