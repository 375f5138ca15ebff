"""The site as it is built: every link leads to a page that is there, and to an anchor that is on it."""

from pathlib import Path

from pages import ROOT, dead_links, read


def test_every_link_leads_to_a_page_and_to_an_anchor_that_are_there(whole_site: Path) -> None:
    """Those written as HTML, too, which mkdocs does not look at."""
    assert dead_links(whole_site) == []


def test_a_link_to_nowhere_is_dead(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text('<a id="x" href="a/#y"></a><a href="b/"></a><a href="a/"></a>')
    (tmp_path / "a" / "index.html").write_text('<a href="../#x"></a><a href="https://example.org/">else</a>')
    assert dead_links(tmp_path) == ["index.html -> a/#y", "index.html -> b/"]


def test_the_script_of_the_explorer_is_the_one_that_the_kit_checks(whole_site: Path) -> None:
    program = sorted((whole_site / "explorer" / "program").glob("*.js"))
    originals = ROOT / "examples" / "javascript"
    assert len(program) == 4
    assert [read(path) for path in program] == [read(originals / path.name) for path in program]
