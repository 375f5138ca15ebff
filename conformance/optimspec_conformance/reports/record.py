"""The record of a run: every requirement with its verdict, as plain data; ``schema.json`` describes it.

It holds no time, so that equal results in equal environments give equal files.
"""

from __future__ import annotations

import math
import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__, specification
from ..cases.committed import AREAS, digest, entries_of
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import parse
from ..verdict.judge import Result
from .causes import Cause
from .check_result import CheckResult
from .run_result import RunResult

SCHEMA = Path(__file__).parent / "schema.json"
WORST_FIRST = ("error", "fail", "convention", "known failure", "advisory", "pass", "not provided", "withdrawn")
NOT_RUN = "not run"
COMPUTING = (
    "numpy",
    "ml_dtypes",
    "jax",
    "jaxlib",
    "brainstate",
    "optax",
)  # libraries that implementations compute with


def run_record(run: RunResult) -> dict[str, Any]:
    """The record. Its last member is the footer, so that a truncated file lacks it."""
    implementation, checks = run.implementation, run.checks
    return {
        "specification": specification.version(),
        "kit": __version__,
        "vectors": f"sha256:{digest()}",
        "implementation": {
            "name": implementation.name,
            "version": implementation.version,
            "precision": implementation.precision,
        },
        "environment": environment(),
        "profile": run.profile,
        "claim": run.claim,
        "tiers": [{"tier": tier, "verdict": str(verdict), **vars(verdict)} for tier, verdict in run.verdicts().items()],
        "judged": {"checks": run.judged(), "classes": len(run.judged_classes)},
        "counts": counts(checks),
        "requirements": _requirements(checks),
        "classes": _classes(run),
        "areas": [{"area": area, **entry} for area, entry in _summaries_by(checks, lambda check: check.area, AREAS)],
        "results": _results(checks),
        "known_failures": _known_failures(run),
        "conventions": _conventions(run),
        "not_provided": [{"reason": why, "checks": n} for why, n in run.reasons],
        "causes": [_cause(cause) for cause in run.causes],
        "errors": list(run.errors),
        "footer": {
            "complete": run.complete,
            "partial": run.partial,
            "checks_run": len(checks),
            "checks_called_for": run.expected_checks,
        },
    }


def environment() -> dict[str, str]:
    """The versions of Python and of installed libraries."""
    versions = {"python": platform.python_version()}
    for name in COMPUTING:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def counts(checks: Iterable[CheckResult]) -> dict[str, int]:
    """How many checks had each result."""
    counter = Counter(check.result for check in checks)
    return {result: counter[result] for result in Result if counter[result]}


def summarize(checks: list[CheckResult]) -> dict[str, Any]:
    """The verdict (that of the worst check), the counts of results, and the largest error."""
    results = counts(checks)
    verdict = next((result for result in WORST_FIRST if result in results), NOT_RUN)
    errors = [check.ulps for check in checks if check.ulps is not None]
    return {"verdict": verdict, "counts": results, "worst_ulps": _rounded(max(errors)) if errors else None}


def _rounded(ulps: float) -> float | str:
    return float(f"{ulps:.3g}") if math.isfinite(ulps) else "inf"


def _summaries_by(
    checks: Iterable[CheckResult], key: Callable[[CheckResult], Any], order: Iterable[Any]
) -> list[tuple[Any, dict[str, Any]]]:
    """Summaries of the groups that have the same key, in an order of keys."""
    groups = defaultdict(list)
    for check in checks:
        groups[key(check)].append(check)
    return [(name, summarize(groups[name])) for name in order if name in groups]


def _requirements(checks: list[CheckResult]) -> list[dict[str, Any]]:
    checks_by_id: dict[str, list[CheckResult]] = defaultdict(list)
    for check in checks:
        checks_by_id[check.requirement].append(check)
    return [
        {
            "id": id_,
            "level": requirement.level,
            "tier": requirement.tier,
            "page": requirement.page,
            **summarize(checks_by_id[id_]),
        }
        for id_, requirement in specification.requirements().items()
    ]


def _classes(run: RunResult) -> list[dict[str, Any]]:
    """Each class of the profile, with its areas and its tiers."""
    checks_by_class: dict[str, list[CheckResult]] = defaultdict(list)
    for check in run.checks:
        checks_by_class[check.subject].append(check)
    subjects = {entry.subject for entry in entries_of(run.profile)}
    return [
        {
            "class": name,
            "profile": DEFINITIONS[name].profile,
            "provided": run.implementation.provides(name),
            **summarize(checks_by_class[name]),
            "areas": {
                area: entry["counts"]
                for area, entry in _summaries_by(checks_by_class[name], lambda check: check.area, AREAS)
            },
            "tiers": {
                tier: entry["counts"]
                for tier, entry in _summaries_by(checks_by_class[name], lambda check: check.tier, run.tiers)
            },
        }
        for name in DEFINITIONS
        if name in subjects
    ]


def _results(checks: list[CheckResult]) -> list[dict[str, Any]]:
    order = [(requirement, name) for requirement in specification.requirements() for name in DEFINITIONS]
    entries = _summaries_by(checks, lambda check: check.pair, order)
    return [{"requirement": requirement, "class": name, **entry} for (requirement, name), entry in entries]


def _known_failures(run: RunResult) -> list[dict[str, Any]]:
    return [
        {
            "requirements": list(entry.requirements),
            "classes": list(entry.classes),
            "reason": entry.reason,
            "link": entry.link,
            **({} if entry.expires is None else {"expires": entry.expires.isoformat()}),
        }
        for entry in run.known.entries
    ]


def _conventions(run: RunResult) -> list[dict[str, Any]]:
    """The conventions that classes follow, declared or not, and how many checks they explain if not."""
    explained = Counter(name for check in run.checks if check.convention for name in parse(check.convention))
    declared = run.implementation.conventions
    followed = {**run.undeclared, **declared}
    return [
        {"class": name, "convention": followed[name], "declared": name in declared, "checks": explained[name]}
        for name in DEFINITIONS
        if name in followed
    ]


def _cause(cause: Cause) -> dict[str, Any]:
    """A cause with what it breaks, and the first failure as its example."""
    first = cause.example
    return {
        "cause": cause.text,
        "checks": len(cause.failures),
        "requirements": cause.requirements,
        "classes": cause.classes,
        "example": {"check": first.check, "expected": first.expected, "observed": first.observed},
    }
