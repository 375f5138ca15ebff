"""What ``optimspec log`` says of a log with a schedule, and the code that it ends with."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner, Result
from optimspec_conformance.cli import main
from optimspec_conformance.logs.curve import Curve
from optimspec_conformance.logs.spec import parse
from optimspec_conformance.session.exit_codes import NOT_CONFORMANT, OK, USAGE
from source import ROOT

COSINE = "CosineAnnealingLR(base_lr=0.3, T_max=100, eta_min=0.01)"


def rate(t: float) -> float:
    return float(0.01 + 0.29 * (1 + np.cos(np.pi * min(t, 100) / 100)) / 2)


def log(*arguments: str, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["log", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def right(tmp_path: Path) -> str:
    """Sparse, late, rounded to five decimals, and with a part that a resume repeats."""
    steps = [*range(10, 60, 5), *range(40, 130, 5)]
    path = tmp_path / "right.csv"
    path.write_text("step,lr\n" + "".join(f"{t},{rate(t):.5f}\n" for t in steps), encoding="utf-8")
    return str(path)


@pytest.fixture
def late(tmp_path: Path) -> str:
    path = tmp_path / "late.csv"
    path.write_text("step,lr\n" + "".join(f"{t},{rate(t - 1):.8g}\n" for t in range(1, 120)), encoding="utf-8")
    return str(path)


def test_a_log_agrees(right: str) -> None:
    result = log(right, "--schedule", COSINE)
    assert result.exit_code == OK
    assert result.output.splitlines()[:2] == [f"agrees: {COSINE}", "  28 points, steps 10 to 125, with 1 resume"]
    assert "the tolerance is that of 5 decimals" in result.output


def test_a_log_differs(late: str) -> None:
    result = log(late, "--schedule", COSINE)
    assert result.exit_code == NOT_CONFORMANT
    assert "the first at step 1:\n    expected  0.29992845\n    observed  0.3\n" in result.output
    assert "looks like: one step late" in result.output
    assert "ask again with --first-step 1" in result.output
    counted = log(late, "--schedule", COSINE, "--first-step", "1")
    assert counted.exit_code == OK
    assert "ask again" not in counted.output


def test_a_rate_that_a_convention_does_not_have_differs(tmp_path: Path) -> None:
    path = tmp_path / "beyond.csv"
    path.write_text("step,lr\n0,0.004\n5,0.05\n12,1e-05\n", encoding="utf-8")
    arguments = (str(path), "--schedule", "OneCycleLR(max_lr=0.1, total_steps=11)", "--convention", "torch")
    assert "expected  no rate\n" in log(*arguments, "--tolerance", "1").output
    assert json.loads(log(*arguments, "--tolerance", "1", "--json").output)["first"]["expected"] is None


def test_the_tolerance_can_be_given(right: str, late: str) -> None:
    assert log(right, "--schedule", COSINE, "--tolerance", "1e-9").exit_code == NOT_CONFORMANT
    assert log(late, "--schedule", COSINE, "--tolerance", "0.1").exit_code == OK


@pytest.mark.parametrize(
    "written", ["{:.1e}".format, "{:.0e}".format, "{:.4f}".format, lambda r: round(r, 5), lambda r: round(r, 4)]
)
@pytest.mark.parametrize(
    "spec",
    [
        "SequentialLR([LinearLR(start_factor=0.1, total_iters=500), CosineAnnealingLR(base_lr=3e-4, T_max=9500)], "
        "milestones=[500])",
        "MultiStepLR(base_lr=0.000146, milestones=[3000, 6000], gamma=0.1)",
    ],
)
def test_rates_of_few_digits_agree_within_them(tmp_path: Path, spec: str, written: Callable[[float], object]) -> None:
    steps, path = np.arange(0, 10000, 100), tmp_path / "short.csv"
    for rows in (slice(None), slice(20, 60)):
        rates = Curve(parse(spec))(steps)[rows].tolist()
        lines = [f"{step},{written(rate)}\n" for step, rate in zip(steps[rows], rates, strict=True)]
        path.write_text("".join(["step,lr\n", *lines]), encoding="utf-8")
        assert log(str(path), "--schedule", spec).exit_code == OK, lines


def test_few_rates_of_few_digits_are_said_to_prove_little(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("step,lr\n0,0.1\n10,0.1\n30,0.01\n", encoding="utf-8")
    spec = "StepLR(base_lr={}, step_size=30, gamma=0.1)"
    said = "if 0.1 is written in full, not rounded, it differs from 0.14 at step 0: log more digits"
    assert said in log(str(path), "--schedule", spec.format(0.14)).output
    assert "in full" not in log(str(path), "--schedule", spec.format(0.1)).output
    found = json.loads(log(str(path), "--schedule", spec.format(0.14), "--json").output)
    assert found["if_in_full"] == {"step": 0, "expected": 0.14, "observed": 0.1}
    assert "the base rate is 0.1, not 0.3" in log(str(path), "--schedule", spec.format(0.3)).output


def test_reads_standard_input(right: str) -> None:
    for text in (Path(right).read_text(encoding="utf-8"), Path(right).read_bytes()):
        assert log("-", "--schedule", COSINE, text=text).exit_code == OK
    events = (ROOT / "examples" / "logs" / "optax_warmup_cosine.tfevents").read_bytes()
    assert log("-", text=events).output.startswith("agrees: ")


def test_the_schedule_may_stand_in_a_file(right: str, tmp_path: Path) -> None:
    (tmp_path / "schedule.py").write_text(COSINE + "\n", encoding="utf-8")
    assert log(right, "--schedule", str(tmp_path / "schedule.py")).exit_code == OK


def test_a_convention_is_expected_if_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "periodic.csv"
    rates = ((t, 0.01 + 0.29 * (1 + np.cos(np.pi * t / 100)) / 2) for t in range(0, 200, 7))
    path.write_text("step,lr\n" + "".join(f"{t},{lr:.10f}\n" for t, lr in rates), encoding="utf-8")
    assert log(str(path), "--schedule", COSINE, "--convention", "torch").exit_code == OK
    result = log(str(path), "--schedule", COSINE)
    assert result.exit_code == NOT_CONFORMANT
    assert "looks like: the convention torch: the cosine is periodic, and rises again after T_max" in result.output


def test_the_answer_is_also_json(late: str) -> None:
    found = json.loads(log(late, "--schedule", COSINE, "--json").output)
    assert (found["agrees"], found["points"], found["differing"]) == (False, 119, 100)
    assert found["first"]["step"] == 1
    assert found["explanations"][0][0]["kind"] == "late"


def test_a_report_draws_both_curves(late: str, tmp_path: Path) -> None:
    page, plot = tmp_path / "page.html", tmp_path / "plot.svg"
    log(late, "--schedule", COSINE, "--report", str(page), "--report", str(plot))
    lines = ElementTree.parse(plot).findall("{http://www.w3.org/2000/svg}polyline")
    assert [line.get("class") for line in lines] == ["expected", "observed"]
    text = page.read_text(encoding="utf-8")
    assert "looks like: one step late" in text
    fragment = "#a=CosineAnnealingLR&amp;a.base_lr=0.3&amp;a.T_max=100&amp;a.eta_min=0.01"
    assert f'<a href="http://127.0.0.1:8000/explorer/{fragment}">' in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--schedule", "SteLR()"], "there is no scheduler SteLR; did you mean StepLR?"),
        (["--schedule", COSINE, "--rate", "eta"], "there is no column eta; the columns are step, lr"),
        (["--schedule", COSINE, "--convention", "tensorflow"], "no class of the schedule has a convention tensorflow"),
        (["--schedule", COSINE, "--group", "1"], "the schedule has no group 1: write a list of base rates"),
        (["--schedule", COSINE, "--first-step", "11"], "the log has a step 10, before the first one, 11"),
        (["--schedule", COSINE, "--report", "page.pdf"], "page.pdf: a report ends in .html or .svg"),
        (["--schedule", COSINE, "--report", "nosuch/page.html"], "nosuch/page.html cannot be written: No such file"),
        (["--schedule", COSINE, "--tolerance", "nan"], "--tolerance: a number, which is finite"),
        (["--schedule", "nosuch.json"], "nosuch.json cannot be read: No such file or directory"),
    ],
)
def test_bad_input_gets_one_line(right: str, arguments: list[str], said: str) -> None:
    result = log(right, *arguments)
    assert result.exit_code == USAGE
    assert result.stderr.startswith(f"Error: {said}")
    assert len(result.stderr.splitlines()) == 1
