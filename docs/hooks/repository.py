"""The mkdocs hook of pages that stand beside docs/ in the repository: it mounts them at the root of the site."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PAGES = ("CHANGELOG.md", "CONTRIBUTING.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Mount them; what they link in spec/ is at the same place in the site."""
    root = Path(config.config_file_path).parent
    for name in PAGES:
        files.append(File.generated(config, name, abs_src_path=str(root / name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Shorten links into docs/, which is the root of the site."""
    return markdown.replace("](docs/", "](") if page.file.src_uri in PAGES else markdown
