"""The JSON files of this project: laid out so that a diff shows the entry that changed."""

from __future__ import annotations

import json

from .values import Json


def json_text(content: Json, levels: int = 4) -> str:
    """JSON with one member of an object per line down to ``levels``, and one object of a list one level further."""

    def layout(value: Json, level: int) -> str:
        indent = "\n" + " " * (level + 1)
        match value:
            case {} if value and level < levels:
                members = [f"{_compact(key)}: {layout(member, level + 1)}" for key, member in value.items()]
                return f"{{{indent}{f',{indent}'.join(members)}{indent[:-1]}}}"
            case [{}, *_] if level <= levels:
                entries = [layout(entry, level + 1) for entry in value]
                return f"[{indent}{f',{indent}'.join(entries)}{indent[:-1]}]"
        return _compact(value)

    return layout(content, 0) + "\n"


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
