"""The logs that real programs wrote: each agrees with its schedule, or its mistake is named."""

import json
import tomllib
from typing import Any

import pytest
from click.testing import CliRunner
from optimspec_conformance.cli import main
from optimspec_conformance.session.exit_codes import NOT_CONFORMANT, OK
from source import ROOT

FOLDER = ROOT / "examples" / "logs"
LOGS = tomllib.loads((FOLDER / "logs.toml").read_text(encoding="utf-8"))["log"]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log["file"])
def test_a_log_is_what_its_entry_says(log: dict[str, Any]) -> None:
    arguments = ["log", str(FOLDER / log["file"]), "--schedule", log["schedule"], "--json", *log.get("options", [])]
    result = CliRunner().invoke(main, arguments)
    answer = json.loads(result.output)
    assert result.exit_code == (NOT_CONFORMANT if "mistake" in log else OK)
    kinds = [mistake["kind"] for explanation in answer["explanations"] for mistake in explanation]
    assert kinds[:1] == ([log["mistake"]] if "mistake" in log else [])


def test_every_log_has_an_entry_and_a_program() -> None:
    written = {path.name for path in FOLDER.iterdir() if path.suffix in (".csv", ".json", ".jsonl", ".tfevents")}
    assert {log["file"] for log in LOGS} == written
    assert len(written) >= 12
    assert all((FOLDER / log["program"]).is_file() and log["versions"] for log in LOGS)
    assert sum("report" in log for log in LOGS) >= 4
