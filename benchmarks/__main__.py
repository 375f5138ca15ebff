"""``python -m benchmarks FILE`` records what pytest-benchmark wrote in results.json, for a page of the site."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"


def row(benchmark: dict[str, Any]) -> dict[str, Any]:
    """What was measured, and its bound: a ratio to a peer's median, or a number with its unit.

    Beside the ratio of medians is that of the least times, which other programs disturb less.
    """
    found, stats = benchmark["extra_info"], benchmark["stats"]
    told = {"what": benchmark["group"], "bound": found["bound"]}
    if "unit" in found:
        return told | {"unit": found["unit"], "median": _short(found["value"])}
    told |= {"peer": found["peer"]}
    told |= {name: _short(stats[of] / found["theirs"][of]) for name, of in (("median", "median"), ("least", "min"))}
    return told | ({"memory": _short(found["memory"])} if "memory" in found else {})


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def recorded(**new: Any) -> dict[str, Any]:
    """The record, with what is new in it."""
    content: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) | new
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return content


def main() -> int:
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = sorted(map(row, found["benchmarks"]), key=lambda told: str(told["what"]))
    kit, ratios = ([told for told in rows if ("unit" in told) is measured] for measured in (True, False))
    recorded(ratios=ratios, kit=kit)
    for told in rows:
        kept = "" if told["median"] <= told["bound"] else "  above its bound"
        print(f"{told['median']:>8} {told.get('unit', ''):4} of {told['bound']:.3g}  {told['what']}{kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
