"""The site as it is built: every link leads to a page that is there, and to an anchor that is on it."""

from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from test_site import Tags, read

HOST = "http://site/"


def pages(site: Path) -> dict[str, Path]:
    """All files by their address; a folder stands for its index.html."""
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    folders = {
        address.removesuffix("index.html"): path for address, path in files.items() if address.endswith("index.html")
    }
    return files | folders


def test_every_link_leads_to_a_page_and_to_an_anchor_that_are_there(whole_site: Path) -> None:
    there = {HOST + address: path for address, path in pages(whole_site).items()}
    tags = {address: Tags(path) for address, path in there.items() if path.suffix == ".html"}
    anchors = {address: set(page.ids()) for address, page in tags.items()}
    followed, dead = 0, []
    for address, page in tags.items():
        for _, attributes in page.found:
            link = urljoin(address, attributes.get("href", attributes.get("src", "")))
            target, anchor = urldefrag(link)
            if urlsplit(target).netloc != "site" or "=" in anchor:  # another host; a state of the explorer
                continue
            followed += 1
            if target not in there or (anchor and unquote(anchor) not in anchors[target]):
                dead.append(f"{address} -> {link}")
    assert followed > len(tags)
    assert dead == []


def test_the_script_of_the_explorer_is_the_one_that_the_kit_checks(whole_site: Path) -> None:
    program = sorted((whole_site / "explorer" / "program").glob("*.js"))
    originals = Path(__file__).parents[2] / "examples" / "javascript"
    assert len(program) == 4
    assert [read(path) for path in program] == [read(originals / path.name) for path in program]
