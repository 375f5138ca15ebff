"""The site: builds strictly, anchors every requirement once, shows every formula as MathML, asks no other host."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from pages import ROOT, Tags, build, built, copied, published, read, rows

GUIDES = sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))
SPEC = sorted(path.relative_to(ROOT) for path in (ROOT / "spec").rglob("*.md"))

REQUIREMENT = re.compile(r"^\*\*([A-Z]+-\d+(?:@\w+)?)\*\* ", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```python\n(.+?)^```", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
ELSEWHERE = re.compile(r"(?:https?:)?//")
STYLE_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(ROOT, tmp_path_factory.mktemp("site"))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return copied(tmp_path)


@pytest.mark.parametrize("page", SPEC, ids=str)
def test_every_requirement_has_one_anchor_a_link_to_it_and_a_level(site: Path, page: Path) -> None:
    names = REQUIREMENT.findall(read(ROOT / page))
    tags = Tags(built(site, page))
    cards = tags.of_class("requirement")

    assert [card["id"] for card in cards] == names
    assert [tags.ids().count(name) for name in names] == [1] * len(names)
    assert [link["href"] for link in tags.of_class("requirement-id")] == [f"#{name}" for name in names]
    assert all(len({"must", "should", "may"} & set(card["class"].split())) == 1 for card in cards)


def test_no_two_requirements_share_an_id() -> None:
    names = [name for page in SPEC for name in REQUIREMENT.findall(read(ROOT / page))]
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", [*GUIDES, *SPEC], ids=str)
def test_every_formula_is_mathml(site: Path, page: Path) -> None:
    formulas = FORMULA.findall(CODE.sub("", read(ROOT / page)))
    html = read(built(site, page))

    assert html.count("<math ") == len(formulas)
    assert html.count('<math display="block"') == sum(formula.startswith("$$") for formula in formulas)
    assert "arithmatex" not in html
    assert not any("\\" in math for math in re.findall(r"<math .*?</math>", html, re.DOTALL))


def test_no_page_asks_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert pages
    assert [address for page in pages for address in Tags(page).fetched() if ELSEWHERE.match(address)] == []


def test_no_page_makes_the_theme_ask_another_host(site: Path) -> None:
    """The theme's own script fetches Mermaid for a diagram, and the number of stars for a repo_url."""
    found = [attributes for page in site.rglob("*.html") for _, attributes in Tags(page).found]
    assert found
    assert [a for a in found if "mermaid" in a.get("class", "") or a.get("data-md-component") == "source"] == []


def test_no_style_asks_another_host(site: Path) -> None:
    styles = [*site.rglob("*.css"), *site.rglob("*.html")]
    assert any(path.suffix == ".css" for path in styles)
    assert [path for path in styles if STYLE_ELSEWHERE.search(read(path))] == []


def test_the_hook_is_not_published(site: Path) -> None:
    assert not (site / "hooks").exists()
    assert list(site.rglob("*.py*")) == []


@pytest.mark.parametrize(
    ("page", "right", "wrong"),
    [
        pytest.param("spec/errata.md", "exponential.md#EXP-1)", "exponential.md#EXP-999)", id="anchor in spec"),
        pytest.param("docs/kit.md", "numerics.md#NUM-1)", "numerics.md#NUM-999)", id="anchor in docs"),
        pytest.param("spec/errata.md", "exponential.md#EXP-1)", "missing.md#EXP-1)", id="page"),
        pytest.param("spec/schedulers/exponential.md", r"\gamma^{t}", r"\unknown^{t}", id="formula"),
        pytest.param("spec/schedulers/exponential.md", "The rate **MUST** be", "The rate is", id="level"),
    ],
)
def test_a_strict_build_refuses_a_wrong(sources: Path, page: str, right: str, wrong: str) -> None:
    text = read(sources / page)
    assert right in text
    (sources / page).write_text(text.replace(right, wrong, 1), encoding="utf-8")

    result = build(sources, sources / "site")

    assert result.returncode != 0
    assert "Aborted with 1 warnings in strict mode!" in result.stdout  # this one, and no other


def test_the_home_page_shows_the_failure_of_the_readme_and_the_first_rows_of_the_matrix(site: Path) -> None:
    home, matrix = read(site / "index.html"), read(site / "compatibility" / "index.html")
    (shown,) = re.findall(r"<pre>.*?<code>(.+?)</code></pre>", home, re.DOTALL)
    (failure,) = re.findall(
        r"^```console\n(\$ optimspec check .+?)\n```$", read(ROOT / "README.md"), re.MULTILINE | re.DOTALL
    )

    assert unescape(re.sub(r"<[^>]+>", "", shown)) == failure
    assert re.search(r"<mark>looks like: .+</mark>", shown)
    first = [row for row in rows(home) if row]
    assert len(first) >= 3
    assert first == [row for row in rows(matrix) if row][: len(first)]


def test_the_examples_of_the_reference_run(tmp_path: Path) -> None:
    script = tmp_path / "examples.py"
    script.write_text("\n".join(EXAMPLE.findall(read(ROOT / "docs" / "reference.md"))), encoding="utf-8")

    result = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    printed = [float(line.strip("[]")) for line in result.stdout.splitlines()]
    expected = [0.001, 0.00266, 0.0041515, 0.0054872, 0.00667895125, 0.007737809375, 0.00735091890625]
    assert printed == pytest.approx(expected, rel=1e-9)


def test_the_example_of_an_adapter_is_python() -> None:
    examples = EXAMPLE.findall(read(ROOT / "docs" / "adapters.md"))
    assert examples
    for example in examples:
        compile(example, "adapter.py", "exec")
