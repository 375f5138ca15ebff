"""The one way in which this project writes JSON files: an entry of a list on a line."""

from __future__ import annotations

import json

from .values import Json


def json_text(content: Json) -> str:
    """JSON, a line for each operation and each row."""

    def lines(value: Json, depth: int) -> str:
        if isinstance(value, dict) and depth < 4 and value:
            inner = ",\n".join(f"{' ' * (depth + 1)}{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items())
            return f"{{\n{inner}\n{' ' * depth}}}"
        if isinstance(value, list) and value and depth < 5 and isinstance(value[0], dict):
            inner = ",\n".join(f"{' ' * (depth + 1)}{lines(v, depth + 1)}" for v in value)
            return f"[\n{inner}\n{' ' * depth}]"
        return json.dumps(value, ensure_ascii=False)

    return lines(content, 0) + "\n"
