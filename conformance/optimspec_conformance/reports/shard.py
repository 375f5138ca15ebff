"""Shards: parts of a run that ran separately, each written as JSON Lines, and joined to one result.

The first line of a shard says what was run, and every other is the result of a check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from .. import __version__, specification
from ..cases.committed import digest, entries_of
from ..classes.catalogue import DEFINITIONS
from ..implementations.protocol import Implementation
from ..scenarios.values import Json, Scenario, Trace
from ..verdict.known_failures import KnownFailures
from .check_result import CheckResult
from .record import environment
from .run_result import RunResult

PARTIAL = "shards"


def shard_text(run: RunResult) -> str:
    """A run as a shard. Raises ValueError if it has known failures: only a whole run can be compared with a list."""
    if run.known.entries:
        raise ValueError("known failures are compared with a whole run, and not with a shard")
    tested = run.implementation
    head = {
        "specification": specification.version(),
        "kit": __version__,
        "vectors": digest(),
        "environment": environment(),
        "profile": run.profile,
        "tiers": list(run.tiers),
        "implementation": {
            "name": tested.name,
            "version": tested.version,
            "precision": tested.precision,
            "excused": sorted(tested.excused),
            "conventions": dict(tested.conventions),
            "provides": [name for name in DEFINITIONS if tested.provides(name)],
        },
    }
    lines = [json.dumps({"run": head, "errors": run.errors, "failed_searches": run.failed_searches})]
    return "\n".join([*lines, *(check.to_json() for check in run.checks)]) + "\n"


def joined(texts: Iterable[str]) -> RunResult:
    """The result of all shards. Raises ValueError if one is broken, or they are not parts of one run."""
    heads, checks = zip(*map(_read, texts), strict=True)
    run: dict[str, Any] = heads[0]["run"]
    for name in run:
        if any(head["run"].get(name) != run[name] for head in heads):
            raise ValueError(f"the {name} of these shards is not the same")
    if run["vectors"] != digest():
        raise ValueError("the vectors of these shards are not those of this kit")
    result = RunResult(Recorded(run["implementation"]), run["profile"], KnownFailures(), tuple(run["tiers"]))
    for head in heads:
        result.errors += head["errors"]
        result.failed_searches += head["failed_searches"]
    for check in (check for of_shard in checks for check in of_shard):
        result.add(check)
    expected = {entry.id for entry in entries_of(result.profile, result.tiers)}
    missing = expected - {check.check for check in result.checks}
    result.end(PARTIAL if missing else None)
    return result


def _read(text: str) -> tuple[Json, list[CheckResult]]:
    try:
        head, *lines = text.splitlines()
        content = json.loads(head)
        content["run"]["implementation"]["provides"], content["errors"], content["failed_searches"]
        return content, [CheckResult.from_json(line) for line in lines]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"no shard: {type(error).__name__}: {error}") from None


class Recorded(Implementation):
    """An implementation that ran elsewhere."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.name, self.version, self.declared_precision = fields["name"], fields["version"], fields["precision"]
        self.excused, self.conventions = frozenset(fields["excused"]), fields["conventions"]
        self.provided = frozenset(fields["provides"])

    def provides(self, name: str) -> bool:
        return name in self.provided

    def run(self, scenario: Scenario) -> Trace:
        self._refuse()

    def show(self, scenario: Scenario, difference: object) -> list[str]:
        self._refuse()

    def reproduce(self, run: object, directory: object) -> dict[str, str]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError(f"{self.name} is not here")
