"""Generates the golden vectors from the oracle: ``optimspec dev generate [--check]``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from .. import specification
from ..classes.catalogue import DEFINITIONS, dialects, module_path
from ..classes.definition import Definition, Dialect
from ..oracle.run import exact_trace
from ..scenarios.case import Case
from ..scenarios.json_text import json_text
from ..scenarios.text import write_file
from ..scenarios.values import Json
from . import committed
from .attribution import attribute_rows
from .options import options


def file_content(definition: Definition) -> Json:
    """The content of a class's vector file."""
    cases = [_case(area, definition, case) for area in committed.AREAS for case in _scenarios(area, definition)]
    ids = [case["id"] for case in cases]
    repeated = {id_ for id_ in ids if ids.count(id_) > 1}
    if repeated:
        raise ValueError(f"{definition.name}: ids given twice: {sorted(repeated)}")
    content = {
        "class": definition.name,
        "profile": definition.profile,
        "specification": specification.version(),
        "cases": cases,
    }
    contents = [
        _dialect(definition, dialect, definition_of_dialect)
        for dialect, definition_of_dialect in dialects(definition.name)
    ]
    return content | ({"dialects": contents} if contents else {})


def _dialect(definition: Definition, dialect: Dialect, definition_of_dialect: Definition) -> Json:
    """The exact traces of a dialect, for the golden scenarios in which it differs."""
    cases = []
    for case in definition.cases():
        try:
            trace = exact_trace(case.scenario, definitions={**DEFINITIONS, definition.name: definition_of_dialect})
        except ZeroDivisionError:  # the library divides by 0, too, where pct_start·total_steps is 1
            continue
        if trace != exact_trace(case.scenario):
            id_ = f"{dialect.name}/{definition.name}/{case.name}"
            cases.append({"id": id_, "scenario": case.scenario, "trace": trace})
    if not cases:
        raise ValueError(f"{definition.name}: the dialect {dialect.name} differs nowhere")
    return {"name": dialect.name, "about": dialect.about, "cases": cases}


def _scenarios(area: str, definition: Definition) -> Iterator[Case]:
    yield from importlib.import_module(f"{__package__}.areas.{area}").scenarios(definition)


def _case(area: str, definition: Definition, case: Case) -> Json:
    if case.requirement not in specification.requirements():
        raise ValueError(f"{definition.name}: no requirement {case.requirement}")
    content: dict[str, Json] = {"id": f"{case.requirement}/{definition.name}/{case.name}", "area": area}
    content["tier"] = specification.requirements()[case.requirement].tier
    content |= {name: value for name, value in asdict(case).items() if name != "name" and value}
    trace = None if case.other else exact_trace(case.scenario)
    if trace is not None:
        trace = content["trace"] = attribute_rows(definition, case.scenario, trace) if area == "sequences" else trace
    return content | {"options": options(definition, case, trace)}


def all_files() -> dict[Path, str]:
    """The path and the content of every vector file."""
    files: dict[Path, str] = {}
    counts = dict.fromkeys(committed.PROFILES, 0)
    for definition in DEFINITIONS.values():
        content = file_content(definition)
        for profile in committed.PROFILES[committed.PROFILES.index(definition.profile) :]:
            counts[profile] += len(content["cases"])
        files[committed.VECTORS / f"{module_path(definition.name)}.json"] = json_text(content)
    digest = committed.digest_of({path: text.encode() for path, text in files.items()})
    manifest = {"specification": specification.version(), "checks": counts, "digest": digest}
    files[committed.VECTORS / "manifest.json"] = json_text(manifest)
    return files


def regenerate(*, check: bool) -> int:
    """Write the files that differ from the oracle, or only name them. Returns the exit code."""
    content = all_files()
    stale = [path for path, text in content.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    stale += [path for path in committed.files() if path not in content]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(committed.VECTORS)}")
        if not check and path in content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, content[path])
        elif not check:
            path.unlink()
    print(f"{len(content)} files, {len(stale)} {'stale' if check else 'changed'}")
    return 1 if check and stale else 0
