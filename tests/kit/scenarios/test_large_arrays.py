"""Large arrays: they follow from a seed, and a row has a sample in which every element shows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from optimspec_conformance.cases.committed import CommittedCase
from optimspec_conformance.cases.comparison import compare
from optimspec_conformance.implementations.processes.messages import Malformed, read_answer
from optimspec_conformance.implementations.readout import read_array
from optimspec_conformance.implementations.snippet import array, read_expression
from optimspec_conformance.scenarios.json_text import json_text
from optimspec_conformance.scenarios.values import Json, decode, decode_array, number_name, sown, written_elements

LARGE: Json = {"dtype": "float32", "shape": [100, 100], "seed": 3}


def sample_of(values: npt.ArrayLike) -> Json:
    return {"dtype": "float32", "shape": [100, 100], "data": written_elements(np.ravel(np.asarray(values, np.float64)))}


def test_the_elements_are_those_of_the_formula_and_exact_in_float32() -> None:
    values = decode_array(LARGE)
    assert values[7, 9] == (((2 * 3 + 137) * 710) % 8191 - 4095) / 2048
    assert (values.astype(np.float64).ravel() == sown(3, 10_000)).all()
    assert -2 <= values.min() < -1.9
    assert 1.9 < values.max() <= 2


def test_a_sample_has_norm_sum_and_elements() -> None:
    values = sown(3, 10_000)
    read = [decode(text) for text in read_array(decode_array(LARGE))["data"]]
    signs = [-1 if x < 0 else 1 for x in sown(99, 10_000)]
    assert len(read) == 66
    assert read[0] == pytest.approx(math.hypot(*values) / 100)
    assert read[1] == pytest.approx(math.fsum(s * x for s, x in zip(signs, values, strict=True)) / 100)
    assert read[2:] == [values[math.floor(i * 9999 / 63)] for i in range(64)]


def test_an_array_of_a_thousand_elements_has_them_all() -> None:
    assert len(read_array(np.zeros(1024))["data"]) == 1024


@pytest.mark.parametrize("change", ["one", "two rows exchanged", "a row left", "transposed"])
def test_every_element_shows(change: str) -> None:
    values = sown(0, 10_000).reshape(100, 100)
    wrong = values.copy()
    match change:
        case "one":
            wrong[41, 17] += 0.001
        case "two rows exchanged":
            wrong[[41, 42]] = wrong[[42, 41]]
        case "a row left":
            wrong[41] = 0
        case "transposed":
            wrong = values.T
    options = {"reads": ["weights"], "tolerance": "5e-07"}
    case = CommittedCase("a", "updates", "SGD", "core", "OPT-8", {}, [{"weights": [["w", sample_of(values)]]}])
    case.options.update(options)
    assert compare(case, [{"weights": [["w", sample_of(values)]]}], "float64") is None
    difference = compare(case, [{"weights": [["w", sample_of(wrong)]]}], "float64")
    assert difference is not None
    assert difference.what in {number_name("'w'", [100, 100], i) for i in range(66)}


@pytest.mark.parametrize("i", [0, 1, 2, 40, 65])
def test_a_snippet_reads_what_differs(i: int) -> None:
    names = {"numpy": np, "weights": {"w": type("State", (), {"value": decode_array(LARGE)})}}
    expression = read_expression(number_name("'w'", [100, 100], i))
    assert expression is not None
    assert eval(expression, names) == pytest.approx(decode(read_array(decode_array(LARGE))["data"][i]))
    assert (eval(array(LARGE), names) == decode_array(LARGE)).all()


@pytest.mark.parametrize("count", [65, 10_000])
def test_an_answer_has_the_sample(count: int) -> None:
    weight: Json = {"dtype": "float32", "shape": [100, 100], "data": ["0.5"] * count}
    scenario: Json = {"optimizer": {"class": "SGD"}, "weights": [["w", LARGE]], "do": []}
    with pytest.raises(Malformed, match="must have 66 entries"):
        read_answer(json_text({"id": 1, "trace": [{"weights": [["w", weight]]}]}).encode(), 1, scenario)
