"""Generates the golden vectors from the oracle: ``optimspec dev generate [CLASS…] [--check]``."""

from __future__ import annotations

import importlib
import json
import multiprocessing
from collections.abc import Collection, Iterator
from dataclasses import asdict, astuple
from itertools import chain
from pathlib import Path
from typing import Any

from .. import specification
from ..classes.catalogue import DEFINITIONS, module_path
from ..classes.definition import Convention, Definition
from ..oracle.run import exact_trace
from ..scenarios.case import Case
from ..scenarios.json_text import json_text
from ..scenarios.text import write_file
from ..scenarios.values import Json
from . import committed
from .attribution import attribute_rows
from .conventions import Conventions, Withdrawn
from .fitting import fitted
from .options import options
from .surroundings import surrounded

OF_THE_CLASS = ("golden", "sequences")  # areas whose cases are made for a class; those of others are fitted to it


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
    conventions = [_convention(definition, convention, cases) for convention in definition.conventions]
    return content | ({"conventions": conventions} if conventions else {})


def _convention(definition: Definition, convention: Convention, cases: list[Json]) -> Json:
    """What a convention alone makes of the cases of its class: which have other traces or options, or say nothing."""
    followed, changed, withdrawn = Conventions({definition.name: convention.name}, committed=False), [], {}
    fields: dict[str, Any] = {"subject": definition.name, "profile": definition.profile}
    for own in (committed.CommittedCase(**fields, **case) for case in cases if case["area"] != "sequences"):
        try:
            case = followed.case(own)
        except Withdrawn as reason:
            withdrawn[own.id] = str(reason)
            continue
        if case is not own:
            requirement = convention.requirement(case.requirement)
            trace = {"trace": case.trace} if case.trace else {}
            changed.append({"id": case.id, "requirement": requirement, **trace, "options": case.options})
    if not changed:
        raise ValueError(f"{definition.name}: the convention {convention.name} differs nowhere")
    in_place = [convention.requirement(id_) for id_ in (*convention.replaces, *convention.withdraws)]
    return {
        "name": convention.name,
        "about": convention.about,
        "requirements": in_place,
        "cases": changed,
        "withdrawn": withdrawn,
    }


def _scenarios(area: str, definition: Definition) -> Iterator[Case]:
    cases = importlib.import_module(f"{__package__}.areas.{area}").scenarios(definition)
    cases = surrounded(definition, area, cases)
    yield from cases if area in OF_THE_CLASS else fitted(definition, cases)


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


def path_of(name: str) -> Path:
    """The path of a class's vector file."""
    return committed.VECTORS / f"{module_path(name)}.json"


def vectors_of(name: str) -> str:
    """The text of a class's vector file, by the oracle."""
    return json_text(file_content(DEFINITIONS[name]))


def index_and_manifest(files: dict[Path, str]) -> dict[Path, str]:
    """The index of all vector files, and the manifest."""
    found = {path: list(committed.entries_in(json.loads(text))) for path, text in sorted(files.items())}
    entries = list(chain(*found.values()))
    index = json_text({committed.name_of(path): [*map(astuple, rows)] for path, rows in found.items()})
    manifest = {
        "specification": specification.version(),
        "checks": {name: sum(committed.belongs(entry, name) for entry in entries) for name in committed.PROFILES},
        "digest": committed.digest_of({path: text.encode() for path, text in files.items()}),
        "index": committed.sha256(index.encode()),
    }
    texts = {"index.json": index, "manifest.json": json_text(manifest)}
    return {committed.VECTORS / name: text for name, text in texts.items()}


def regenerate(names: Collection[str], *, check: bool) -> int:
    """Write the files of classes that differ from the oracle, or only name them. Returns the exit code."""
    with multiprocessing.get_context("spawn").Pool() as pool:
        content = {path_of(name): text for name, text in zip(names, pool.map(vectors_of, names, 1), strict=True)}
    files = {path: path.read_text(encoding="utf-8") for path in committed.files()}
    gone = files.keys() - set(map(path_of, DEFINITIONS))
    content |= index_and_manifest({path: text for path, text in (files | content).items() if path not in gone})
    stale = sorted(
        path for path, text in content.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    )
    for path in [*stale, *gone]:
        print(f"{'differs' if check else 'written'}: {path.relative_to(committed.VECTORS)}")
        if not check and path in content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, content[path])
        elif not check:
            path.unlink()
    changed = len(stale) + len(gone)
    print(f"{len(content)} files, {changed} {'stale' if check else 'changed'}")
    return 1 if check and changed else 0
