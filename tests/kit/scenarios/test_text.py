"""What is shown is one line; a file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from optimspec_conformance.implementations.readout import exception_text
from optimspec_conformance.reports.check_result import portable
from optimspec_conformance.scenarios.text import one_line, read_file, write_file

LINES = {
    "lines": ("one\ntwo\rthree\x0bfour", "one two three four"),
    "Unicode's lines": ("one\u2028two\x85three", "one two three"),
    "a tab": ("a\tb", "a b"),
    "escape codes": ("\x1b[31mred", r"\x1b[31mred"),
    "a bell": ("ding\a", r"ding\x07"),
    "a NUL": ("a\0b", r"a\x00b"),
    "half a character": ("a\udc80b", r"a\udc80b"),
    "a direction": ("a\u202eb", r"a\u202eb"),
    "no width": ("a\u200bb", r"a\u200bb"),
    "a private letter": ("a\ue000b", r"a\ue000b"),
    "letters": ("η → 日本", "η → 日本"),
}


@pytest.mark.parametrize("kind", LINES)
def test_what_is_shown_is_one_line_of(kind: str) -> None:
    given, shown = LINES[kind]
    assert one_line(given) == shown
    assert exception_text(ValueError(given)) == f"ValueError: {shown}"
    assert portable(given) == shown


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_file(path, "before")

    def fails(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fails)
        with pytest.raises(OSError, match="No space left"):
            write_file(path, "after")
    assert {entry.name: read_file(entry) for entry in tmp_path.iterdir()} == {"a.json": "before"}


def test_what_cannot_be_encoded_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "a", "half \udc80")
    assert read_file(tmp_path / "a") == "half ?"


def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before", encoding="utf-8")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    write_file(tmp_path / "b", "after")
    assert (tmp_path / "b").is_symlink()
    assert (read_file(tmp_path / "a"), (tmp_path / "a").stat().st_mode & 0o777) == ("after", 0o640)
