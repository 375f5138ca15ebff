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
from ..cases.committed import AREAS, cases_of, digest
from ..classes.catalogue import DEFINITIONS
from ..verdict.judge import Result
from .check_result import CheckResult
from .run_result import RunResult

SCHEMA = Path(__file__).parent / "schema.json"
WORST_FIRST = ("error", "fail", "dialect", "known failure", "advisory", "pass", "not provided")
NOT_RUN = "not run"
COMPUTING = ("numpy", "ml_dtypes", "jax", "jaxlib", "brainstate", "optax")  # what implementations compute with


def run_record(run: RunResult) -> dict[str, Any]:
    """The record. Its last member is the footer: a file without it was cut off."""
    tested, checks = run.implementation, run.checks
    return {
        "specification": specification.version(),
        "kit": __version__,
        "vectors": f"sha256:{digest()}",
        "implementation": {"name": tested.name, "version": tested.version, "precision": tested.precision},
        "environment": environment(),
        "profile": run.profile,
        "claim": run.claim,
        "judged": {"checks": run.judged(), "classes": len(run.judged_classes)},
        "counts": counts(checks),
        "requirements": _requirements(checks),
        "classes": _classes(run),
        "areas": [{"area": area, **summed} for area, summed in _by(checks, lambda check: check.area, AREAS)],
        "results": _results(checks),
        "known_failures": _known(run),
        "dialects": _dialects(checks),
        "not_provided": [{"reason": why, "checks": n} for why, n in sorted(run.reasons.items(), key=_most_first)],
        "causes": [{"cause": cause, "checks": n} for cause, n in sorted(run.causes.items(), key=_most_first)],
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
    found = {"python": platform.python_version()}
    for name in COMPUTING:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def counts(checks: Iterable[CheckResult]) -> dict[str, int]:
    found = Counter(check.result for check in checks)
    return {word: found[word] for word in Result if found[word]}


def summary(checks: list[CheckResult]) -> dict[str, Any]:
    """The verdict, which is that of the worst check, the counts of results, and the largest error."""
    counted = counts(checks)
    verdict = next((word for word in WORST_FIRST if word in counted), NOT_RUN)
    errors = [check.ulps for check in checks if check.ulps is not None]
    return {"verdict": verdict, "counts": counted, "worst_ulps": _rounded(max(errors)) if errors else None}


def _rounded(ulps: float) -> float | str:
    return float(f"{ulps:.3g}") if math.isfinite(ulps) else "inf"


def _by(
    checks: Iterable[CheckResult], key: Callable[[CheckResult], Any], order: Iterable[Any]
) -> list[tuple[Any, dict[str, Any]]]:
    found = defaultdict(list)
    for check in checks:
        found[key(check)].append(check)
    return [(name, summary(found[name])) for name in order if name in found]


def _requirements(checks: list[CheckResult]) -> list[dict[str, Any]]:
    found: dict[str, list[CheckResult]] = defaultdict(list)
    for check in checks:
        found[check.requirement].append(check)
    return [
        {"id": id_, "level": required.level, "page": required.page, **summary(found[id_])}
        for id_, required in specification.requirements().items()
    ]


def _classes(run: RunResult) -> list[dict[str, Any]]:
    """Each class of the profile, with its areas."""
    found: dict[str, list[CheckResult]] = defaultdict(list)
    for check in run.checks:
        found[check.subject].append(check)
    asked = {case.subject for case in cases_of(run.profile)}
    return [
        {
            "class": name,
            "profile": DEFINITIONS[name].profile,
            "provided": run.implementation.provides(name),
            **summary(found[name]),
            "areas": {area: summed["counts"] for area, summed in _by(found[name], lambda check: check.area, AREAS)},
        }
        for name in DEFINITIONS
        if name in asked
    ]


def _results(checks: list[CheckResult]) -> list[dict[str, Any]]:
    order = [(requirement, name) for requirement in specification.requirements() for name in DEFINITIONS]
    found = _by(checks, lambda check: check.pair, order)
    return [{"requirement": requirement, "class": name, **summed} for (requirement, name), summed in found]


def _known(run: RunResult) -> list[dict[str, Any]]:
    return [
        {
            "requirement": entry.requirement,
            "classes": list(entry.classes),
            "reason": entry.reason,
            "link": entry.link,
            **({} if entry.expires is None else {"expires": entry.expires.isoformat()}),
        }
        for entry in run.known.entries
    ]


def _dialects(checks: list[CheckResult]) -> list[dict[str, Any]]:
    found = Counter((list(DEFINITIONS).index(check.subject), check.dialect) for check in checks if check.dialect)
    return [
        {"class": list(DEFINITIONS)[place], "dialect": name, "checks": n} for (place, name), n in sorted(found.items())
    ]


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
