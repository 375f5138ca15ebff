"""The page about the kill matrix: for every requirement, the faults that it rejects."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from optimspec_conformance import specification

PAGE = Path(__file__).parents[2] / "docs/kill-matrix.md"
INTRODUCTION = """# Kill matrix

How much is proven by a check that passes? This page is the answer: every requirement, and the wrong implementations
that its checks reject. A fault names the requirement that it breaks beforehand, and only a rejection for that one
counts. Faults are of two kinds: the oracle with one thing changed, in every class where that makes a difference, and
the reference with one class broken. `python tests/kit/kill_matrix.py` runs them all and writes this page; what each
single check rejects is in `conformance/results/kill-matrix.json`.

A check also has to meet the condition that its requirement speaks of: a boundary crossed, a clamp reached. It does
where a fault that breaks the requirement is seen in it, or where it expects a refusal.
"""


def page(found: dict[str, Any]) -> str:
    parts = [INTRODUCTION, *totals(found["totals"]), *reasons(found)]
    killed = rejected(found["faults"])
    of_page: dict[str, list[str]] = defaultdict(list)
    for id_, requirement in specification.requirements().items():
        of_page[requirement.page].append(id_)
    for name, ids in of_page.items():
        parts.append(
            f"\n## {name.removesuffix('.md')}\n\n| requirement | level | faults that it rejects |\n|---|---|---|"
        )
        parts += [row(id_, killed.get(id_, {}), found["unbreakable"].get(id_, "")) for id_ in ids]
    return "\n".join(parts) + "\n"


def totals(numbers: dict[str, Any]) -> list[str]:
    def told(value: Any) -> str:
        return ", ".join(f"{n} of the {kind}" for kind, n in value.items()) if isinstance(value, dict) else str(value)

    return ["| | |\n|---|---|", *(f"| {name} | {told(value)} |" for name, value in numbers.items())]


def reasons(found: dict[str, Any]) -> list[str]:
    told = [f"- {group}: {reason}" for group, reason in found["unmet"].items()]
    return ["\nNo check meets the condition of these, for a reason:\n", *told] if told else []


def rejected(kinds: dict[str, Any]) -> dict[str, dict[str, set[str]]]:
    """By requirement and fault: the classes in which it is rejected."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for classes in kinds.values():
        for subject, requirements in classes.items():
            for id_, group in requirements.items():
                for name, mask in group["faults"].items():
                    if int(mask, 16):
                        found[id_][name].add(subject)
    return found


def row(id_: str, faults: dict[str, set[str]], reason: str) -> str:
    requirement = specification.requirements()[id_]
    told = [f"{name} ({where(classes)})" for name, classes in faults.items()]
    return f"| [{id_}](spec/{requirement.page}#{id_}) | {requirement.level} | {'; '.join(told) or reason or '–'} |"


def where(classes: set[str]) -> str:
    return f"{len(classes)} classes" if len(classes) > 2 else ", ".join(sorted(classes))
