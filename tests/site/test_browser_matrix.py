"""The filters of the matrix in a browser: they leave the columns, the words and the rows that were asked for."""

from typing import Any

import pytest
from browser import DESKTOP, Browser, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NOT RUN: {missing()}")

CHOOSE = """
  const [choices] = arguments;
  const form = document.querySelector("form.filters");
  for (const name of ["library", "tier", "standing"]) {
    form.elements[name].value = choices[name] ?? "";
    form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  }
  const visible = (node) => node.checkVisibility();
  const texts = (row) => [...row.cells].filter(visible).map(({ innerText }) => innerText.trim());
  const rows = [...document.querySelectorAll(".matrix tbody tr")].filter(visible).map(texts);
  return {
    said: form.querySelector("output").textContent,
    heads: texts(document.querySelector(".matrix thead tr")).map((text) => text.split("\\n")[0].trim()),
    rows: Object.fromEntries(rows.map(([name, ...cells]) => [name, cells])),
  };
"""


@pytest.fixture
def matrix(chromium: Browser) -> Browser:
    chromium.size(DESKTOP)
    chromium.open("compatibility/")
    chromium.errors()
    return chromium


def shown(matrix: Browser, **choices: str) -> dict[str, Any]:
    found: dict[str, Any] = matrix.run(CHOOSE, choices)
    assert found["said"].startswith(f"{len(found['rows'])} of ")
    return found


def test_all_is_there_before_anything_is_chosen_and_after(matrix: Browser) -> None:
    first = shown(matrix)
    assert len(first["rows"]) >= 40
    assert {"torch", "optax", "keras"} <= {*first["heads"]}
    shown(matrix, library="torch", tier="state", standing="deviates")
    assert shown(matrix) == first
    assert matrix.errors() == []


def test_a_library_is_a_column(matrix: Browser) -> None:
    every, one = shown(matrix), shown(matrix, library="torch")
    column = every["heads"].index("torch") - 1
    assert one["heads"][1:] == ["torch"]
    assert one["rows"] == {name: [cells[column]] for name, cells in every["rows"].items()}


def test_a_tier_leaves_its_word_and_what_is_about_all(matrix: Browser) -> None:
    cells = [cell for row in shown(matrix, tier="state")["rows"].values() for cell in row]
    assert {cell.split()[0] for cell in cells} == {"state", "conforms", "–"}


@pytest.mark.parametrize(("library", "tier"), [("torch", ""), ("optax", "values"), ("torch", "state")])
def test_what_a_library_does_is_one_of_four(matrix: Browser, library: str, tier: str) -> None:
    every = shown(matrix, library=library, tier=tier)["rows"]
    parts = {
        standing: shown(matrix, library=library, tier=tier, standing=standing)["rows"]
        for standing in ("conforms", "convention", "deviates", "not-provided")
    }
    assert sum(map(len, parts.values())) == len(every)
    assert {name: cells for part in parts.values() for name, cells in part.items()} == every
    assert {cell for (cell,) in parts["not-provided"].values()} == {"–"}
    assert all(" as " in cell.replace("\n", " ") for (cell,) in parts["convention"].values())
    assert parts["deviates"]
    assert parts["convention"] or tier != "values"


def test_a_word_leads_to_the_reasons_which_are_open(matrix: Browser) -> None:
    shown(matrix, library="torch", tier="state", standing="deviates")
    matrix.run("""
      const words = [...document.querySelectorAll(".matrix a.standing.deviates")];
      words.find((word) => word.checkVisibility()).click();
    """)
    opened = matrix.run("""
      const target = () => document.getElementById(location.hash.slice(1));
      const wait = () => new Promise((resolve) => setTimeout(resolve, 50));
      for (let i = 0; i < 100 && !target()?.checkVisibility(); i++) await wait();
      return { text: target().innerText, open: target().closest("details").open };
    """)
    assert opened == {"text": "state", "open": True}
