"""Text from outside and for outside: one printable line, files written whole, files read up to a limit."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from .values import Json

LARGEST = 1 << 26  # bytes of a file that is read


def one_line(text: object) -> str:
    """Text as one line of printable characters: white space becomes a space, and the rest is escaped."""
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in str(text))


def write_file(path: Path, text: str) -> None:
    """Write a whole file, or leave what is there. Raises OSError.

    What UTF-8 cannot encode becomes a question mark. A device is written to as it is.
    """
    content = text.encode(errors="replace")
    path = path.resolve()  # a link stays a link
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    beside = path.with_name(f".{token_hex(8)}")
    try:
        beside.write_bytes(content)
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def try_file(path: Path) -> None:
    """Raises OSError if a file cannot be written."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.open("ab").close()
        return
    beside = path.with_name(f".{token_hex(8)}")
    beside.touch(exist_ok=False)
    beside.unlink()


def try_folder(path: Path) -> None:
    """Make a folder if there is none. Raises OSError if it cannot be made, or no file can be written to it."""
    path.mkdir(parents=True, exist_ok=True)
    try_file(path / "any")


def read_file(path: Path) -> str:
    """The text of a file. Raises OSError, or ValueError if it is too long or not UTF-8."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST >> 20} MB")
    return content.decode()


def read_json(path: Path) -> Json:
    """The content of a JSON file. Raises OSError or ValueError."""
    try:
        return json.loads(read_file(path))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def reason(error: Exception) -> str:
    """Why a file could not be used, without its name."""
    return one_line(error.strerror if isinstance(error, OSError) and error.strerror else error)
