"""The record of a run: every requirement with its verdict, as plain data that ``schema.json`` describes.

There is no time in it, so that two runs that found the same in the same environment give the same file.
"""

from __future__ import annotations

import json
import math
import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__, spec
from ..catalogue import MODELS
from ..committed import AREAS, cases_of, digest
from ..record import Record
from ..verdict import WORDS

if TYPE_CHECKING:
    from ..session import ConformanceSession

SCHEMA = Path(__file__).parent / "schema.json"
WORST_FIRST = ("error", "fail", "dialect", "known failure", "advisory", "pass", "not provided")
NOT_RUN = "not run"
COMPUTING = ("numpy", "ml_dtypes", "jax", "jaxlib", "brainstate", "optax")  # what implementations stand on


def results(session: ConformanceSession) -> dict[str, Any]:
    """What a run found. The last member is the footer: a file without it was cut off."""
    tested, records = session.implementation, session.records
    complete = session.partial is None and len(records) >= session.called_for
    return {
        "specification": spec.version(),
        "kit": __version__,
        "vectors": f"sha256:{digest()}",
        "implementation": {"name": tested.name, "version": tested.version, "precision": tested.precision},
        "environment": environment(),
        "profile": session.profile,
        "claim": session.claim(),
        "counts": counts(records),
        "requirements": _requirements(records),
        "classes": _classes(session),
        "areas": [{"area": area, **summed} for area, summed in _by(records, lambda record: record.area, AREAS)],
        "results": _results(records),
        "known_failures": _known(session),
        "dialects": _dialects(records),
        "causes": [{"cause": cause, "checks": n} for cause, n in sorted(session.causes.items(), key=_most_first)],
        "errors": list(session.errors),
        "footer": {
            "complete": complete,
            "partial": session.partial,
            "checks_run": len(records),
            "checks_called_for": session.called_for,
        },
    }


def environment() -> dict[str, str]:
    """The versions of Python, and of the libraries that are installed."""
    found = {"python": platform.python_version()}
    for name in COMPUTING:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def counts(records: Iterable[Record]) -> dict[str, int]:
    found = Counter(record.word for record in records)
    return {word: found[word] for word in WORDS if found[word]}


def summary(records: list[Record]) -> dict[str, Any]:
    """A verdict, which is that of the worst check; how many checks had which; and the largest error."""
    counted = counts(records)
    verdict = next((word for word in WORST_FIRST if word in counted), NOT_RUN)
    errors = [record.ulps for record in records if record.ulps is not None]
    return {"verdict": verdict, "counts": counted, "worst_ulps": _rounded(max(errors)) if errors else None}


def _rounded(ulps: float) -> float | str:
    return float(f"{ulps:.3g}") if math.isfinite(ulps) else "inf"


def _by(
    records: Iterable[Record], key: Callable[[Record], Any], order: Iterable[Any]
) -> list[tuple[Any, dict[str, Any]]]:
    found = defaultdict(list)
    for record in records:
        found[key(record)].append(record)
    return [(name, summary(found[name])) for name in order if name in found]


def _requirements(records: list[Record]) -> list[dict[str, Any]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.requirement].append(record)
    return [
        {"id": id_, "level": required.level, "page": required.page, **summary(found[id_])}
        for id_, required in spec.requirements().items()
    ]


def _classes(session: ConformanceSession) -> list[dict[str, Any]]:
    """Each class of the profile, with its areas."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in session.records:
        found[record.subject].append(record)
    asked = {case.subject for case in cases_of(session.profile)}
    return [
        {
            "class": name,
            "profile": MODELS[name].profile,
            "provided": session.implementation.provides(name),
            **summary(found[name]),
            "areas": {area: summed["counts"] for area, summed in _by(found[name], lambda record: record.area, AREAS)},
        }
        for name in MODELS
        if name in asked
    ]


def _results(records: list[Record]) -> list[dict[str, Any]]:
    order = [(requirement, name) for requirement in spec.requirements() for name in MODELS]
    found = _by(records, lambda record: record.pair, order)
    return [{"requirement": requirement, "class": name, **summed} for (requirement, name), summed in found]


def _known(session: ConformanceSession) -> list[dict[str, Any]]:
    return [
        {
            "requirement": entry.requirement,
            "classes": list(entry.classes),
            "reason": entry.reason,
            "link": entry.link,
            **({} if entry.expires is None else {"expires": entry.expires.isoformat()}),
        }
        for entry in session.known.entries
    ]


def _dialects(records: list[Record]) -> list[dict[str, Any]]:
    found = Counter((list(MODELS).index(record.subject), record.dialect) for record in records if record.dialect)
    return [{"class": list(MODELS)[place], "dialect": name, "checks": n} for (place, name), n in sorted(found.items())]


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def written(record: dict[str, Any]) -> str:
    """JSON with one entry of a list on a line, which shows a change where it is."""
    lines = []
    for name, value in record.items():
        if isinstance(value, list) and value:
            entries = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in value)
            lines.append(f" {json.dumps(name)}: [\n{entries}\n ]")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
