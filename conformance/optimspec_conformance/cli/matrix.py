"""``optimspec matrix``: implementations side by side, from their reports or run now."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from jsonschema_rs import validator_for
from rich.markup import escape
from rich.table import Table

from ..reports.record import SCHEMA
from ..scenarios.text import one_line, read_json, reason
from ..session.exit_codes import INCOMPLETE
from .common import CommandError, console


@click.command(
    epilog="""\b
Examples:
  optimspec matrix optimspec mypkg
  optimspec matrix torch.json keras.json mypkg           reports of runs elsewhere, and one run now
  optimspec matrix --by requirement a.json b.json

\b
Exit codes: 0 shown, 2 cannot be used, 3 shown, and a run was not whole.""",
)
@click.argument("sources", nargs=-1, required=True, metavar="IMPLEMENTATION|REPORT.json...")
@click.option("--by", type=click.Choice(["class", "requirement"]), default="class", show_default=True, help="The rows.")
@click.pass_context
def matrix(context: click.Context, sources: tuple[str, ...], by: str) -> None:
    """Show implementations side by side.

    What is no .json file is checked now, one after the other.
    """
    reports = [read(source) if source.endswith(".json") else run(source) for source in sources]
    output = console()
    output.print(table(reports, by))
    for name in ("specification", "vectors"):
        if len({report[name] for report in reports}) > 1:
            output.print(f"note: the {name} of these runs are not the same: {_values(reports, name)}", highlight=False)
    partial = [title(report) for report in reports if not report["footer"]["complete"]]
    if partial:
        output.print(f"note: not whole: {', '.join(partial)}", highlight=False)
        context.exit(INCOMPLETE)


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
    """The conventions that a class of a report speaks."""
    return [row["convention"] for row in report["conventions"] if row["class"] == entry.get("class")]


def _cell(entry: dict[str, Any], conventions: list[str]) -> str:
    """A verdict, and the number of checks that passed."""
    verdict, counts = entry["verdict"], entry["counts"]
    colour = {"pass": "green", "fail": "red", "error": "red", "convention": "red"}.get(verdict, "yellow")
    if verdict in ("not provided", "not run"):
        return "[dim]–[/dim]" if verdict == "not provided" else ""
    count_note = "" if verdict == "pass" else f" {counts[verdict]} of {sum(counts.values())}"
    convention_note = f", speaks {', '.join(conventions)}" if conventions else ""
    return f"[{colour}]{verdict}{count_note}{convention_note}[/{colour}]"


def _values(reports: list[dict[str, Any]], name: str) -> str:
    return ", ".join(f"{title(report)}: {report[name][:19]}" for report in reports)
