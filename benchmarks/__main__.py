"""``python -m benchmarks FILE`` turns what pytest-benchmark wrote into ratios: results.json, for a page of the site."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from .conftest import OURS

RESULTS = Path(__file__).parent / "results.json"


def ratios(benchmarks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ours to the peer's, by the median of each side, and by the least, which other programs disturb less."""
    rows = []
    for group, sides in groupby(sorted(benchmarks, key=by_group), key=by_group):
        found = {side["extra_info"]["side"]: side for side in sides}
        for peer in found.keys() - {OURS}:
            ours, theirs = found[OURS], found[peer]
            row = {
                "what": group,
                "peer": peer,
                "bound": ours["extra_info"]["bound"],
                "median": round(ours["stats"]["median"] / theirs["stats"]["median"], 3),
                "least": round(ours["stats"]["min"] / theirs["stats"]["min"], 3),
            }
            if "bytes" in ours["extra_info"]:
                row["memory"] = round(ours["extra_info"]["bytes"] / theirs["extra_info"]["bytes"], 3)
            rows.append(row)
    return rows


def by_group(benchmark: dict[str, Any]) -> str:
    return str(benchmark["group"])


def main() -> int:
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = ratios(found["benchmarks"])
    RESULTS.write_text(json.dumps({"ratios": rows}, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        kept = "" if row["median"] <= row["bound"] else "  above its bound"
        print(f"{row['median']:>8}  of {row['bound']:.3g}  {row['what']}{kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
