"""The mkdocs hook: mounts spec/ into the site, gives each requirement its anchor, and turns TeX into MathML."""

import html
import re
from pathlib import Path
from posixpath import dirname, relpath

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from optimspec_conformance.specification import TIERS, read_tiers

REQUIREMENT = re.compile(
    r"^\*\*(?P<id>[A-Z]+-\d+(?:@\w+)?)\*\* (?P<text>.+?)(?=\n\s*\n|\s*\Z)", re.MULTILINE | re.DOTALL
)
LEVEL = re.compile(r"\*\*(MUST|SHOULD|MAY)(?: NOT)?\*\*")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](?P<tex>.+?)\\[)\]]</\1>', re.DOTALL)

log = get_plugin_logger("spec")  # a warning here fails a strict build


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Mount every file of spec/ under spec/, beside the guides."""
    root = Path(config.config_file_path).parent / "spec"
    for path in sorted(root.rglob("*.md")):
        src_uri = f"spec/{path.relative_to(root).as_posix()}"
        files.append(File.generated(config, src_uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Give each requirement of a spec page its id as anchor, a link to itself, its level as class, and its tier."""
    tiers = read_tiers(Path(config.config_file_path).parent / "spec" / "index.md")

    def card(match: re.Match[str]) -> str:
        name, text = match["id"], match["text"]
        levels = LEVEL.findall(text)
        if len(levels) != 1:
            log.warning("%s: %s has %d levels, not one", page.file.src_uri, name, len(levels))
        classes = " ".join(f".{level.lower()}" for level in levels)
        link = f'[{name}](#{name}){{ .requirement-id title="Link to {name}" }}'
        tier = f'[{tiers.get(name, TIERS[0])}]({index}#tiers){{ .tier title="The tier of {name}" }}'
        return f"{link} {text} {tier}\n{{: #{name} .requirement {classes} }}"

    index = relpath("spec/index.md", dirname(page.file.src_uri))

    return REQUIREMENT.sub(card, markdown) if page.file.src_uri.startswith("spec/") else markdown


def on_page_content(content: str, page: Page, **_: object) -> str:
    """Replace what arithmatex marked as TeX by MathML."""
    return FORMULA.sub(lambda match: mathml(match, page), content)


def mathml(match: re.Match[str], page: Page) -> str:
    """One formula: a `$$` block stays in its `div`, which scrolls when it is too wide."""
    tex = html.unescape(match["tex"])
    block = match[1] == "div"
    result = convert(tex, display="block" if block else "inline")
    if "\\" in result:  # latex2mathml passes on a command that it does not know
        log.warning("%s: cannot convert the formula %s", page.file.src_uri, tex)
    result = result.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")  # HTML needs none
    return f'<div class="formula">{result}</div>' if block else result
