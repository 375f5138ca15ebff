"""The explorer reads a pasted log as the command does."""

import json
import shutil
import subprocess
from typing import Any

import pytest
from optimspec_conformance.logs.files import Columns, read
from source import ROOT
from source import read as source

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="NOT RUN: node is not installed")
LOGS = [path for path in sorted((ROOT / "examples" / "logs").iterdir()) if path.suffix in (".csv", ".json", ".jsonl")]
PROGRAM = """
const source = JSON.parse(require("fs").readFileSync(0, "utf8"));
import("data:text/javascript," + encodeURIComponent(source.module)).then(({ parsed }) => {
  const answer = (text) => { try { return parsed(text); } catch (error) { return error.message; } };
  console.log(JSON.stringify(source.texts.map(answer)));
});
"""


def parsed(*texts: str) -> list[Any]:
    given = json.dumps({"module": source(ROOT / "docs" / "explorer" / "log.js"), "texts": texts})
    done = subprocess.run(["node", "-e", PROGRAM], input=given, capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


def test_reads_what_the_command_reads() -> None:
    assert len(LOGS) > 10
    for path, found in zip(LOGS, parsed(*(source(path) for path in LOGS)), strict=True):
        log = read(str(path), Columns())
        assert (found["steps"], found["rates"]) == (log.steps.tolist(), log.rates.tolist()), path.name


@pytest.mark.parametrize(
    "text",
    ["step\tlr\n0\t0.1\n5\t0.05\n", "step;lr\n0;0.1\n5;0.05\n", '[{"step": 0, "lr": 0.1}, {"step": 5, "lr": 0.05}]'],
)
def test_reads_other_separators_and_a_list(text: str) -> None:
    assert parsed(text) == [{"steps": [0, 5], "rates": [0.1, 0.05]}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", None),
        ("step,loss\n0,1\n", "No column looks like the rate: step, loss"),
        ("loss,lr\n0,1\n", "No column looks like the step: loss, lr"),
        ("step,lr\n0,nan\n", "The rate “nan” is no number"),
        ("step,lr\n0.5,1\n", "The step 0.5 is no whole number from 0 on"),
        ("step,loss,lr\n0,1,0.1\n1,1\n", "Line 3 has 2 of 3 columns"),
        ('{"step": 0, "lr": 0.1}\n{"st', "Line 2 is no whole JSON object"),
        ("step,lr\n", "The log has no rate"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str | None) -> None:
    assert parsed(text) == [said]
