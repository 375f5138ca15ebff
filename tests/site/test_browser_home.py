"""The home page in a browser: one screen says what this is, its curve moves, and both themes can be read."""

from typing import Any

import pytest
from browser import DESKTOP, PHONE, Browser, missing
from optimspec_conformance.oracle.run import exact_trace
from probes import SHOWN

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NOT RUN: {missing()}")

CURVE = f"{SHOWN} return [...document.querySelectorAll('#curve .curve')].map(pointsOf)[0];"
THEMES = ["default", "slate"]

# The contrast of every text with what it stands on, as WCAG measures it, and the texts that have too little of it.
PALE = """
  document.body.setAttribute("data-md-color-scheme", arguments[0]);
  await new Promise((resolve) => setTimeout(resolve, 400));  // colours fade into each other
  const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  const ground = (node) => {
    if (node === null) return [255, 255, 255];
    return over(rgba(getComputedStyle(node).backgroundColor), ground(node.parentElement));
  };
  const light = (color) => {
    const [r, g, b] = color.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const texts =
    "h1, h2, .lead, .more a, pre code, pre mark, .call code, .slider :is(code, output), td a:not(.not-provided)";
  const pale = document.querySelectorAll(`article :is(${texts})`).length > 40 ? [] : ["few texts are looked at"];
  for (const node of document.querySelectorAll(`article :is(${texts})`)) {
    const { color } = getComputedStyle(node);
    const found = ratio(over(rgba(color), ground(node)), ground(node));
    if (found < 4.5) pale.push(`${node.textContent.slice(0, 20)}: ${found.toFixed(2)}`);
  }
  const line = document.querySelector("#curve .curve");
  if (ratio(rgba(getComputedStyle(line).stroke), ground(line.closest("section"))) < 3) pale.push("the curve");
  return pale;
"""

# What sticks out of the column on the right, and what lies over something else.
CROWDED = """
  const box = (selector) => [...document.querySelectorAll(selector)].map((node) => node.getBoundingClientRect());
  const width = document.documentElement.clientWidth;
  const out = box(".home *").filter(({ right }) => right > width + 1).length;
  const [titles, links] = [box(".home h2"), box(".home .more a")];
  const words = [...document.querySelectorAll(".home h2")].map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node.firstChild);
    return range.getBoundingClientRect().right;
  });
  const over = titles.filter((title, i) => links[i].top < title.bottom && links[i].left < words[i]).length;
  return [out, over];
"""


@pytest.fixture
def home(chromium: Browser) -> Browser:
    chromium.size(DESKTOP, 800)
    chromium.open("")
    chromium.errors()
    return chromium


def move(home: Browser, name: str, value: float) -> None:
    home.run(
        """
        const slider = document.getElementById(arguments[0]);
        slider.value = arguments[1];
        slider.dispatchEvent(new Event("input"));
        """,
        name,
        value,
    )


def expected(**hyperparameters: Any) -> list[float]:
    scheduler = {"class": "CosineAnnealingWarmRestarts", **hyperparameters}
    trace = exact_trace({"scheduler": scheduler, "do": [{"op": "scheduler.step"}] * 100})
    return [float(row["lr"][0]) for row in trace]


def test_a_slider_moves_the_curve_to_the_rates_of_the_specification(home: Browser) -> None:
    assert [rate for _, rate in home.run(CURVE)] == pytest.approx(
        expected(T_0=15, T_mult=2, eta_min="0.0001"), abs=1e-9
    )
    move(home, "T_0", 40)
    move(home, "T_mult", 1)
    move(home, "eta_min", 0)
    assert [rate for _, rate in home.run(CURVE)] == pytest.approx(expected(T_0=40, T_mult=1, eta_min="0.0"), abs=1e-9)
    assert home.one("#call").text == "CosineAnnealingWarmRestarts(T_0=40, T_mult=1, eta_min=0)"
    assert home.one("output[for=T_0]").text == "40"
    assert home.errors() == []


def test_the_explorer_opens_with_the_same_curve(home: Browser) -> None:
    move(home, "T_0", 25)
    before = home.run(CURVE)
    home.one(".home .explorer .more a").click()
    home.run(
        "while (!document.querySelector('#curve .curve')) await new Promise((resolve) => setTimeout(resolve, 50));"
    )
    assert home.driver.current_url.startswith(home.home + "explorer/#a=")
    after = home.run(CURVE)
    assert [rate for _, rate in after] == pytest.approx([rate for _, rate in before], abs=1e-9)


def test_the_first_screen_has_a_named_failure_a_curve_and_rows_of_the_matrix(home: Browser) -> None:
    seen = home.run(
        """
        return [...document.querySelectorAll(".home mark, #curve .curve, .slider input, .matrix tbody tr")]
          .filter((node) => node.getBoundingClientRect().bottom <= innerHeight).map(({ nodeName }) => nodeName);
        """
    )
    assert {name: seen.count(name) for name in ("MARK", "path", "INPUT")} == {"MARK": 1, "path": 1, "INPUT": 3}
    assert seen.count("TR") >= 3


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_text_can_be_read(home: Browser, scheme: str, width: int) -> None:
    home.size(width)
    assert home.run(PALE, scheme) == []


@pytest.mark.parametrize("width", [DESKTOP, 800, PHONE])
def test_nothing_overflows_or_overlaps(home: Browser, width: int) -> None:
    home.size(width)
    assert home.run(CROWDED) == [0, 0]
