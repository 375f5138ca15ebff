"""``optimspec matrix``: implementations side by side, from their reports or run now."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from jsonschema_rs import validator_for
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .. import reports
from ..reports.record import SCHEMA, WORST_FIRST, run_record
from ..reports.shard import joined
from ..scenarios.text import one_line, read_file, read_json, reason
from ..session.exit_codes import INCOMPLETE
from .common import CommandError, console


@click.command(
    epilog="""\b
Examples:
  optimspec matrix optimspec mypkg
  optimspec matrix torch.json keras.json mypkg           reports of runs elsewhere, and one run now
  optimspec matrix --by requirement a.json b.json
  optimspec matrix first.jsonl second.jsonl --report whole.json      shards of one run

\b
Exit codes: 0 shown, 2 cannot be used, 3 shown, and a run was not whole.""",
)
@click.argument("sources", nargs=-1, required=True, metavar="IMPLEMENTATION|REPORT.json|SHARD.jsonl...")
@click.option("--by", type=click.Choice(["class", "requirement"]), default="class", show_default=True, help="The rows.")
@click.option("--report", "names", multiple=True, metavar="FILE", help="Write what the shards are together to FILE.")
@click.pass_context
def matrix(context: click.Context, sources: tuple[str, ...], by: str, names: tuple[str, ...]) -> None:
    """Show implementations side by side.

    Files that end in .jsonl are shards, and are shown as the one run that they are together. Any other argument that is
    not a .json file is checked now, one after the other.
    """
    shards = [source for source in sources if source.endswith(".jsonl")]
    if names and not shards:
        raise CommandError("--report writes what shards are together, and there are none")
    output = console()
    records = [join(shards, names, output)] if shards else []
    others = (source for source in sources if source not in shards)
    records += [read(source) if source.endswith(".json") else run(source) for source in others]
    output.print(table(records, by))
    for name in ("specification", "vectors"):
        if len({report[name] for report in records}) > 1:
            output.print(f"note: the {name} of these runs are not the same: {_values(records, name)}", highlight=False)
    partial = [title(report) for report in records if not report["footer"]["complete"]]
    if partial:
        output.print(f"note: not whole: {', '.join(partial)}", highlight=False)
        context.exit(INCOMPLETE)


def join(sources: Sequence[str], names: Iterable[str], output: Console) -> dict[str, Any]:
    """The record of shards; writes the reports that are asked for."""
    try:
        result = joined(read_file(Path(source)) for source in sources)
        for name in names:
            output.print(f"note: {reports.write(result, name, Path())}", highlight=False)
    except (OSError, ValueError) as error:
        raise CommandError(f"{', '.join(sources)}: {reason(error)}") from None
    return run_record(result)


def read(source: str) -> dict[str, Any]:
    """Read a report; one that was cut off is not JSON."""
    try:
        report: dict[str, Any] = read_json(Path(source))
    except (OSError, ValueError) as error:
        raise CommandError(f"{source} cannot be read: {reason(error)}") from None
    if not validator_for(json.loads(SCHEMA.read_text(encoding="utf-8"))).is_valid(report):
        raise CommandError(f"{source} is no report: optimspec check X --report {source} writes one")
    return report


def run(name: str) -> dict[str, Any]:
    """The report of a run in a new process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [sys.executable, "-m", "optimspec_conformance", "check", name, "--report", str(path)]
        completed = subprocess.run([*command, "-q", "--tb=no"], capture_output=True, text=True, check=False)
        if not path.is_file():
            raise CommandError(
                (completed.stderr or completed.stdout).strip() or f"{name}: the run ended with {completed.returncode}"
            )
        return read(str(path))


def title(report: dict[str, Any]) -> str:
    return one_line(f"{report['implementation']['name']} {report['implementation']['version']}")


def table(reports: list[dict[str, Any]], by: str) -> Table:
    rich_table = Table(by, *(escape(title(report)) for report in reports), header_style="bold")
    columns = [
        {_row_name(entry, by): _cell(entry, _conventions_of(report, entry)) for entry in report[_entries_name(by)]}
        for report in reports
    ]
    for name in dict.fromkeys(key for column in columns for key in column):
        rich_table.add_row(name, *(column.get(name, "") for column in columns))
    rich_table.add_section()
    rich_table.add_row("", *(report["claim"] for report in reports))
    return rich_table


def _entries_name(by: str) -> str:
    return {"class": "classes", "requirement": "requirements"}[by]


def _row_name(entry: dict[str, Any], by: str) -> str:
    return str(entry["class"] if by == "class" else entry["id"])


def _conventions_of(report: dict[str, Any], entry: dict[str, Any]) -> list[str]:
    """The conventions that a class in a report follows."""
    return [row["convention"] for row in report["conventions"] if row["class"] == entry.get("class")]


def _cell(entry: dict[str, Any], conventions: list[str]) -> str:
    """A verdict, and how many checks had it; for each tier, if not all checks of the class pass."""
    verdict = entry["verdict"]
    if verdict in ("not provided", "not run"):
        return "[dim]–[/dim]" if verdict == "not provided" else ""
    if verdict == "pass" or "tiers" not in entry:
        return _verdict(entry["counts"])
    tiers = [f"{tier}: {_verdict(counts)}" for tier, counts in entry["tiers"].items()]
    return "\n".join([*tiers, *([f"speaks {', '.join(conventions)}"] if conventions else [])])


def _verdict(counts: dict[str, int]) -> str:
    """The worst result, and, unless it is a pass, how many checks had it."""
    verdict = next(result for result in WORST_FIRST if result in counts)
    colour = {"pass": "green", "fail": "red", "error": "red", "convention": "red"}.get(verdict, "yellow")
    number = "" if verdict == "pass" else f" {counts[verdict]} of {sum(counts.values())}"
    return f"[{colour}]{verdict}{number}[/{colour}]"


def _values(reports: list[dict[str, Any]], name: str) -> str:
    return ", ".join(f"{title(report)}: {report[name][:19]}" for report in reports)
