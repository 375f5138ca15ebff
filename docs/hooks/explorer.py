"""The mkdocs hook: mounts the JavaScript example into the explorer, so that the page runs what the kit checks."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PROGRAM = ("arguments.js", "composition.js", "rates.js", "schedulers.js")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Mount the schedulers of examples/javascript/ under explorer/program/."""
    root = Path(config.config_file_path).parent / "examples" / "javascript"
    for name in PROGRAM:
        files.append(File.generated(config, f"explorer/program/{name}", abs_src_path=str(root / name)))
    return files
