"""The site in a browser: no page logs an error, asks another host or is too wide; the search finds requirements."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, Browser, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NOT RUN: {missing()}")

LOOK = """
  const schemes = ["default", "slate"];
  const unnamed = [...document.querySelectorAll("main input, main select, main textarea, main button")]
    .filter((field) => field.checkVisibility())
    .filter((field) => !(field.labels?.length || field.getAttribute("aria-label") || field.title || field.innerText))
    .map((field) => field.outerHTML);
  const wide = [];
  for (const scheme of schemes) {
    document.body.setAttribute("data-md-color-scheme", scheme);
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) wide.push(`${scheme}: ${scrollWidth} > ${clientWidth}`);
  }
  return { unnamed, wide, title: document.title };
"""


@dataclass(frozen=True)
class Visit:
    """What was seen of a page."""

    errors: list[str]
    asked: set[str]
    seen: dict[str, Any]


@pytest.fixture(scope="module")
def visits(whole_site: Path, chromium: Browser) -> dict[str, Visit]:
    """Every page, loaded once, at the width of a phone."""
    chromium.size(PHONE)
    found = {}
    for path in sorted(whole_site.rglob("*.html")):
        page = path.relative_to(whole_site).as_posix()
        chromium.driver.get(chromium.home + page)
        seen = chromium.run(LOOK)
        found[page] = Visit(chromium.errors(), chromium.asked(), seen)
    return found


def test_every_page_was_visited(visits: dict[str, Visit]) -> None:
    assert len(visits) > 50
    assert [page for page, visit in visits.items() if not visit.seen["title"]] == []


def test_no_page_logs_an_error(visits: dict[str, Visit]) -> None:
    assert {page: visit.errors for page, visit in visits.items() if visit.errors} == {}


def test_no_page_asks_another_host_even_by_script(visits: dict[str, Visit], chromium: Browser) -> None:
    assert all(chromium.home + page in visit.asked for page, visit in visits.items())
    foreign = {
        page: [url for url in visit.asked if not url.startswith(chromium.home)] for page, visit in visits.items()
    }
    assert {page: urls for page, urls in foreign.items() if urls} == {}


def test_no_page_is_wider_than_a_phone_in_either_theme(visits: dict[str, Visit]) -> None:
    assert {page: visit.seen["wide"] for page, visit in visits.items() if visit.seen["wide"]} == {}


def test_every_field_and_button_has_a_name(visits: dict[str, Visit]) -> None:
    assert {page: visit.seen["unnamed"] for page, visit in visits.items() if visit.seen["unnamed"]} == {}


@pytest.mark.parametrize(
    ("query", "page", "anchor"),
    [
        pytest.param("EXP-2", "spec/schedulers/exponential/", "#EXP-2", id="its id"),
        pytest.param("SCH-12", "spec/scheduler/", "#SCH-12", id="an id of two digits"),
        pytest.param("gamma left out", "spec/schedulers/exponential/", "#EXP-2", id="its words"),
    ],
)
def test_the_search_finds_a_requirement_by(chromium: Browser, query: str, page: str, anchor: str) -> None:
    chromium.size(DESKTOP)
    chromium.open("explorer/")
    chromium.one(".md-search__input").click()
    chromium.paste(query)

    found = chromium.run(
        """
        const [wanted] = arguments;
        const addresses = () => [...document.querySelectorAll(".md-search-result__link")].map(({ href }) => href);
        const found = () => addresses().map((address) => address.replace(/[?].*#/, "#")).includes(wanted);
        for (let i = 0; i < 100 && !found(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
        return found();
        """,
        chromium.home + page + anchor,
    )

    assert found
    assert chromium.errors() == []
