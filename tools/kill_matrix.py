"""The kill matrix: every fault, and how many checks reject it for the requirement that it breaks.

``python tools/kill_matrix.py`` runs all of it, and writes conformance/results/kill-matrix.json, of which the site makes
a page; ``--changed`` runs again what is new, or whose checks have changed. Exit code 1 unless every fault is rejected,
every MUST has one, and the condition of every group of checks is met.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optimspec
from optimspec_conformance import specification
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, conventions
from optimspec_conformance.classes.faults import Fault
from optimspec_conformance.faults.bank import all_faults, convention_faults, inapplicable
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import Implementation
from optimspec_conformance.scenarios.json_text import json_text
from optimspec_conformance.verdict.diagnosis import Candidate
from optimspec_conformance.verdict.judge import Judge, Verdict
from optimspec_conformance.verdict.known_failures import KnownFailures

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests/kit/faults"))
from known_bad import BROKEN, BrokenClass
from wrong import Wrong

ROOT = Path(__file__).parents[1]
MATRIX = ROOT / "conformance/results/kill-matrix.json"
REASONS = Path(__file__).parent / "kill_matrix_reasons.toml"
KINDS = ("bank", "reference")  # others are conventions
REJECTED = ("fail", "convention", "advisory")
SAME = "same"
Group = tuple[str, str]  # a requirement, and a class that is checked for it


@dataclass
class Row:
    """A fault, the group of checks that it was run on, and the checks that reject it for its requirement.

    ``kind`` is bank, reference, or the convention under which the class is. ``same``: there, it changes nothing.
    """

    kind: str
    subject: str
    name: str
    requirement: str
    digest: str
    ran: int
    rejecting: list[str] = field(default_factory=list)
    same: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return self.kind, self.subject, self.name, self.requirement, self.digest


# ------------------------------------------------------------------------------------------------- what is to be run


@cache
def groups() -> dict[Group, list[CommittedCase]]:
    by_group: dict[Group, list[CommittedCase]] = defaultdict(list)
    for case in cases():
        for group in case.pairs():
            by_group[group].append(case)
    return by_group


@cache
def needing() -> dict[Group, list[CommittedCase]]:
    """The checks of a requirement that need a class, whatever class they are about."""
    by_group: dict[Group, list[CommittedCase]] = defaultdict(list)
    for case in cases():
        for id_, _ in case.pairs():
            for name in case.needs:
                by_group[id_, name].append(case)
    return by_group


def checks(requirement: str, subject: str, kind: str) -> list[CommittedCase]:
    return (needing() if kind == "reference" else groups()).get((requirement, subject), [])


@cache
def digest(requirement: str, subject: str, kind: str) -> str:
    """A digest of checks."""
    content = hashlib.sha256()
    for case in checks(requirement, subject, kind):
        content.update(digest_of(case.id))
    return content.hexdigest()[:12]


@cache
def digest_of(id_: str) -> bytes:
    return hashlib.sha256(repr(by_id()[id_]).encode()).digest()


@cache
def by_id() -> dict[str, CommittedCase]:
    return {case.id: case for case in cases()}


def faults() -> Iterator[tuple[Row, Fault | BrokenClass]]:
    """Every fault of the bank, without and with conventions, then every broken class, each with a row to be filled."""
    of_bank: Iterable[tuple[str, str, Any]] = (
        ("bank", name, fault) for name in DEFINITIONS for fault in all_faults(name)
    )
    under: Iterable[tuple[str, str, Any]] = (
        (convention.name, name, fault)
        for name in DEFINITIONS
        for convention, _ in conventions(name)
        for fault in convention_faults(name, convention)
    )
    broken: Iterable[tuple[str, str, Any]] = (("reference", fault.subject, fault) for fault in BROKEN)
    for kind, subject, fault in (*of_bank, *under, *broken):
        asked = fault.requirement, subject, kind
        yield Row(kind, subject, fault.name, fault.requirement, digest(*asked), len(checks(*asked))), fault


@cache
def numbered() -> list[tuple[Row, Fault | BrokenClass]]:
    return list(faults())


def run_numbered(number: int) -> Row:
    return run(*numbered()[number])


def implementation(row: Row, fault: Fault | BrokenClass) -> Implementation:
    if isinstance(fault, Fault):
        return Wrong(Candidate(((row.subject, fault),)), {} if row.kind == "bank" else {row.subject: row.kind})
    namespace = SimpleNamespace(**vars(optimspec) | {row.subject: fault.broken})
    return NativeImplementation("broken", namespace, precision=fault.precision)


def run(row: Row, fault: Fault | BrokenClass) -> Row:
    """The checks that reject it for its requirement; whatever else it breaks is not recorded."""
    judge = Judge(implementation(row, fault), KnownFailures())

    def judged(case: CommittedCase) -> Verdict:
        verdict = judge.judge(case)
        if verdict.result == "error":
            raise RuntimeError(verdict.text)
        return verdict

    for case in checks(row.requirement, row.subject, row.kind):
        verdict = judged(case)
        if verdict.result in REJECTED and verdict.requirement == row.requirement:
            row.rejecting.append(case.id)
    if not row.rejecting and row.kind not in KINDS:
        row.same = not any(judged(case).result in REJECTED for case in cases() if case.subject == row.subject)
    return row


# ------------------------------------------------------------------------------------------------------ what came of it


def reasons() -> dict[str, dict[str, Any]]:
    """The reasons why no fault can break a requirement, and why the condition of a group cannot be met."""
    content: dict[str, dict[str, Any]] = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return content


def musts() -> list[str]:
    return [id_ for id_, requirement in specification.requirements().items() if requirement.level == "MUST"]


def unnamed(rows: list[Row]) -> list[str]:
    """The MUSTs that no fault breaks, and no reason excuses."""
    named = {row.requirement for row in rows} | set(reasons()["unbreakable"])
    return [id_ for id_ in musts() if id_ not in named]


def meets(case: CommittedCase, requirement: str, rejecting: set[tuple[str, str]]) -> bool:
    """Whether obeying a requirement makes a difference in a case: a fault of it is seen there, or it is a refusal."""
    refusals = [row.get("by", case.requirement) for row in case.trace or [] if "error" in row]
    return requirement in refusals or (case.id, requirement) in rejecting


def vacuous(rows: list[Row]) -> tuple[list[Group], list[str]]:
    """The groups of checks none of which meets its condition, and every single check that does not."""
    rejecting = {(id_, row.requirement) for row in rows for id_ in row.rejecting}
    met = {own_group(case): False for case in cases()}
    for case in cases():
        met[own_group(case)] |= meets(case, case.requirement, rejecting)
    empty = [group for group, is_met in met.items() if not is_met]
    idle = [case.id for case in cases() if not any(meets(case, id_, rejecting) for id_, _ in case.pairs())]
    return sorted(empty), sorted(idle)


def own_group(case: CommittedCase) -> Group:
    """The group of a check's own requirement, without those that single rows show."""
    return case.requirement, case.subject


def content(rows: list[Row]) -> dict[str, Any]:
    empty, idle = vacuous(rows)
    kinds = dict.fromkeys([*KINDS, *(row.kind for row in rows)])
    killed = {kind: sum(bool(row.rejecting) for row in rows if row.kind == kind) for kind in kinds}
    of_kind = {kind: sum(row.kind == kind and not row.same for row in rows) for kind in kinds}
    excused = reasons()
    return {
        "specification": specification.version(),
        "totals": {
            "faults": of_kind,
            "rejected": killed,
            "left out where they change nothing": sum(len(inapplicable(name)) for name in DEFINITIONS)
            + sum(row.same for row in rows),
            "MUSTs": len(musts()),
            "MUSTs with a fault": len(set(musts()) & {row.requirement for row in rows}),
            "groups of checks": len({own_group(case) for case in cases()}),
            "groups whose condition is met": len({own_group(case) for case in cases()}) - len(empty),
            "checks": len(cases()),
            "checks that meet their condition": len(cases()) - len(idle),
        },
        "unbreakable": excused["unbreakable"],
        "unmet": {f"{id_} {name}": excused["unmet"].get(f"{id_} {name}", "") for id_, name in empty},
        "idle": idle,
        "faults": nested(rows),
    }


def nested(rows: list[Row]) -> dict[str, Any]:
    """By kind, class and requirement: a digest of the checks, how many, and for each fault a mask of those that reject.

    The mask is in hexadecimal; its lowest bit is the first check. A fault that changes nothing under a convention has
    none.
    """
    by_kind: dict[str, Any] = {}
    for row in rows:
        of_class = by_kind.setdefault(row.kind, {}).setdefault(row.subject, {})
        group = of_class.setdefault(row.requirement, {"digest": row.digest, "checks": row.ran, "faults": {}})
        mine = checks(row.requirement, row.subject, row.kind)
        group["faults"][row.name] = (
            SAME if row.same else f"{sum(1 << i for i, case in enumerate(mine) if case.id in row.rejecting):x}"
        )
    return by_kind


def committed() -> list[Row]:
    """The committed rows. If the checks have changed since, which of them rejected is no longer known."""
    kinds = json.loads(MATRIX.read_text(encoding="utf-8"))["faults"] if MATRIX.is_file() else {}
    return [
        Row(kind, subject, name, id_, group["digest"], group["checks"], masked(kind, subject, id_, mask), mask == SAME)
        for kind, classes in kinds.items()
        for subject, requirements in classes.items()
        for id_, group in requirements.items()
        for name, mask in group["faults"].items()
    ]


def masked(kind: str, subject: str, requirement: str, mask: str) -> list[str]:
    mine = checks(requirement, subject, kind) if mask != SAME else []
    return [case.id for i, case in enumerate(mine) if int(mask, 16) >> i & 1]


def is_missed(row: Row) -> bool:
    """Whether no check rejects a fault that changes something, and no reason excuses that."""
    excused = reasons()["not judged under a convention"].get(f"{row.subject} {row.kind}", [])
    return not (row.rejecting or row.same or row.requirement in excused)


def complaints(rows: list[Row]) -> list[str]:
    empty = [" ".join(group) for group in vacuous(rows)[0]]
    unmet, unbreakable = reasons()["unmet"], reasons()["unbreakable"]
    needless = [*(set(unmet) - set(empty)), *(set(unbreakable) & {row.requirement for row in rows})]
    return [
        *(f"not rejected: {row.subject}: {row.name} ({row.requirement})" for row in rows if is_missed(row)),
        *(f"no fault breaks {id_}" for id_ in unnamed(rows)),
        *(f"no check meets the condition of {group}" for group in empty if group not in unmet),
        *(f"no reason is needed for {group}" for group in sorted(needless)),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changed", action="store_true", help="keep what was found on the same checks")
    kept = {row.key: row for row in committed()} if parser.parse_args().changed else {}
    keys = [row.key for row, _ in numbered()]
    with multiprocessing.get_context("fork").Pool() as pool:  # faults are functions, which no process can be sent
        new = pool.imap(run_numbered, [i for i, key in enumerate(keys) if key not in kept], chunksize=20)
        rows = [kept[key] if key in kept else next(new) for key in keys]
    matrix = content(rows)
    MATRIX.parent.mkdir(exist_ok=True)
    MATRIX.write_text(json_text(matrix), encoding="utf-8")
    wrong = complaints(rows)
    print(*wrong, *(f"{name}: {value}" for name, value in matrix["totals"].items()), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
