"""Generates the golden vectors from the oracle: ``python -m optimspec_conformance.generate [--check]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from . import committed, oracle, spec
from .catalogue import MODELS, dialects, place
from .committed import CommittedCase
from .comparison import scaled
from .model import Dialect, Model, OptimizerModel
from .oracle_optimizer import plain
from .reads import reads
from .scenario import Case, Json, Scenario, Trace, decode


class Unproven(ValueError):
    """A vector on which plain arithmetic errs so much that it would prove nothing."""


ROUNDING = {"float32": 2.0**-24, "float64": 2.0**-53}


def written(model: Model) -> Json:
    """The content of a class's vector file."""
    cases = [_case(area, model, case) for area in committed.AREAS for case in _scenarios(area, model)]
    ids = [case["id"] for case in cases]
    repeated = {id_ for id_ in ids if ids.count(id_) > 1}
    if repeated:
        raise ValueError(f"{model.name}: ids given twice: {sorted(repeated)}")
    content = {"class": model.name, "profile": model.profile, "specification": spec.version(), "cases": cases}
    spoken = [_dialect(model, dialect, speaking) for dialect, speaking in dialects(model.name)]
    return content | ({"dialects": spoken} if spoken else {})


def _dialect(model: Model, dialect: Dialect, speaking: Model) -> Json:
    """A dialect's golden values: the golden scenarios of its class in which it differs."""
    found = []
    for case in model.cases():
        try:
            trace = oracle.trace(case.scenario, models={**MODELS, model.name: speaking})
        except ZeroDivisionError:  # as it is there, where pct_start·total_steps is 1
            continue
        if trace != oracle.trace(case.scenario):
            id_ = f"{dialect.name}/{model.name}/{case.name}"
            found.append({"id": id_, "scenario": case.scenario, "trace": trace})
    if not found:
        raise ValueError(f"{model.name}: the dialect {dialect.name} differs nowhere")
    return {"name": dialect.name, "about": dialect.about, "cases": found}


def _scenarios(area: str, model: Model) -> Iterator[Case]:
    yield from importlib.import_module(f"{__package__}.checks.test_{area}").scenarios(model)


def _case(area: str, model: Model, case: Case) -> Json:
    if case.requirement not in spec.requirements():
        raise ValueError(f"{model.name}: no requirement {case.requirement}")
    content: dict[str, Json] = {"id": f"{case.requirement}/{model.name}/{case.name}", "area": area}
    content |= {name: value for name, value in asdict(case).items() if name != "name" and value}
    trace = None if case.other else oracle.trace(case.scenario)
    if trace is not None:
        trace = content["trace"] = attributed(model, case.scenario, trace) if area == "sequences" else trace
    return content | {"options": options(model, case, trace)}


SHOWS = {
    "scheduler.step": "SCH-3",
    "scheduler.load": "STA-7",
    "scheduler.save": "STA-1",
    "scheduler.new": "SCH-2",
    "optimizer.step": "OPT-1",
    "optimizer.add_param_group": "OPT-30",
    "optimizer.load": "STA-13",
    "optimizer.save": "STA-1",
}
OF_OPTIMIZERS = {"read": "OPT-3", "scheduler.step": "OPT-3", "scheduler.load": "STA-8", "optimizer.load": "STA-7"}
SCRIBBLED = {"last_lr": "SCH-10", "base_lrs": "SCH-13", "s": "STA-2"}


def attributed(model: Model, scenario: Scenario, trace: Trace) -> Trace:
    """In a long mixture, each row says which requirement its operation shows."""
    trains = isinstance(model, OptimizerModel)
    shows = SHOWS | (OF_OPTIMIZERS if trains else {})
    shown = ["SCH-2"]
    for operation, row in zip(scenario["do"], trace[1:], strict=False):
        if operation["op"] == "scheduler.step" and "epoch" in operation and not trains:
            shown.append("SCH-4")
        elif operation["op"] == "optimizer.step" and len(operation["grads"]) < len(row.get("weights", [])):
            shown.append("OPT-9")
        else:
            shown.append(SCRIBBLED.get(operation.get("on", "")) or shows.get(operation["op"], ""))
    return [{"by": by, **row} if by else row for by, row in zip(shown, trace, strict=True)]


def options(model: Model, case: Case, trace: Trace | None) -> dict[str, Json]:
    """What qualifies the comparison of a case: its own options, and what follows from its scenario and trace."""
    found: dict[str, Json] = {"reads": list(reads(case.requirement, model)), **case.options}
    if trace is not None:
        by = {row["by"] for row in trace if "by" in row and "error" not in row}
        if by:
            found["reads_by"] = {requirement: list(reads(requirement, model)) for requirement in sorted(by)}
        maxima = list(max_lrs(case.scenario))
        if maxima:
            found["max_lr"] = repr(max(maxima))
        if "weights" in case.scenario and "tolerance" not in found:
            found["tolerance"] = repr(tolerance(case, trace))
    if "scaled" in case.options:
        found["tolerance"] = repr(tolerance_of_law(case))
    return found


def tolerance_of_law(case: Case) -> float:
    """The sum of the tolerances of both runs. Raises ValueError where the oracle itself breaks the law."""
    assert case.other is not None
    first, second = oracle.trace(case.scenario), oracle.trace(case.other)
    allowed = tolerance(case, first) + tolerance(replace(case, scenario=case.other), second)
    exactly = {**case.options, "reads": ["weights"], "tolerance": repr(8 * ROUNDING["float64"])}
    law = CommittedCase(
        "", "", "", "", case.requirement, case.scenario, other=case.other, rows=case.rows, options=exactly
    )
    difference = scaled(law, first, second, "float64").difference
    if difference is not None:
        raise ValueError(f"{case.requirement}/{case.name} is no law: {difference}")
    return allowed


def max_lrs(scenario: Json) -> Iterator[float]:
    """Every ``max_lr`` that a scenario gives: NUM-1 is relative to it, too."""
    if isinstance(scenario, dict):
        if "max_lr" in scenario and "class" in scenario:
            given = decode(scenario["max_lr"])
            entries = given if isinstance(given, (list, tuple)) else [given]
            yield from (rate for rate in entries if isinstance(rate, float) and np.isfinite(rate))
        for value in scenario.values():
            yield from max_lrs(value)
    elif isinstance(scenario, list):
        for value in scenario:
            yield from max_lrs(value)


def tolerance(case: Case, exact: Trace) -> float:
    """Eight times the error of plain runs in the weights' own dtype, relative to the largest value of each weight."""
    dtype = (case.scenario["weights"] or [["", {"dtype": "float32"}]])[0][1]["dtype"]
    error = ROUNDING[dtype]
    largest: dict[str, float] = {}
    for expected in exact:
        for key, weight in expected.get("weights", []):
            largest[str(key)] = max([largest.get(str(key), 0.0), *(abs(v) for v in decode(weight["data"]))])
    with np.errstate(all="ignore"):
        runs = [oracle.trace(case.scenario, arithmetic) for arithmetic in plain(dtype)]
    for expected, observed in [pair for run in runs for pair in zip(exact, run, strict=True)]:
        for (key, right), (_, plainly) in zip(expected.get("weights", []), observed.get("weights", []), strict=True):
            off = np.abs(np.array(decode(right["data"])) - np.array(decode(plainly["data"])))
            error = float(np.max([error, off.max(initial=0.0) / (largest[str(key)] or 1.0)]))
    if not 8 * error <= 1e-3:
        raise Unproven(f"{case.requirement}/{case.name}: plain runs err by {error}")
    return 8 * error


def text(content: Json) -> str:
    """JSON, a line for each operation and each row."""

    def lines(value: Json, depth: int) -> str:
        if isinstance(value, dict) and depth < 4 and value:
            inner = ",\n".join(f"{' ' * (depth + 1)}{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items())
            return f"{{\n{inner}\n{' ' * depth}}}"
        if isinstance(value, list) and value and depth < 5 and isinstance(value[0], dict):
            inner = ",\n".join(f"{' ' * (depth + 1)}{lines(v, depth + 1)}" for v in value)
            return f"[\n{inner}\n{' ' * depth}]"
        return json.dumps(value, ensure_ascii=False)

    return lines(content, 0) + "\n"


def generated() -> dict[Path, str]:
    """Every vector file and its content."""
    found: dict[Path, str] = {}
    counts = dict.fromkeys(committed.PROFILES, 0)
    for model in MODELS.values():
        content = written(model)
        for profile in committed.PROFILES[committed.PROFILES.index(model.profile) :]:
            counts[profile] += len(content["cases"])
        found[committed.VECTORS / f"{place(model.name)}.json"] = text(content)
    found[committed.VECTORS / "manifest.json"] = text({"specification": spec.version(), "checks": counts})
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m optimspec_conformance.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs from the oracle")
    check = parser.parse_args().check
    content = generated()
    stale = [path for path, right in content.items() if not path.is_file() or path.read_text(encoding="utf-8") != right]
    stale += [path for path in committed.files() if path not in content]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(committed.VECTORS)}")
        if not check and path in content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content[path], encoding="utf-8")
        elif not check:
            path.unlink()
    print(f"{len(content)} files, {len(stale)} {'stale' if check else 'changed'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
