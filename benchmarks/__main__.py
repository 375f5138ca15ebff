"""``python -m benchmarks FILE`` records what pytest-benchmark wrote in results.json, for a page of the site."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from optimspec_conformance.scenarios.json_text import json_text

RESULTS = Path(__file__).parent / "results.json"


def row(benchmark: dict[str, Any]) -> dict[str, Any]:
    """What was measured, and its bound: a ratio to a peer's median, or a number with its unit.

    Besides the ratio of medians there is that of the least times, which other programs disturb less.
    """
    info, stats = benchmark["extra_info"], benchmark["stats"]
    measured = {"what": benchmark["group"], "bound": info["bound"]}
    if "unit" in info:
        return measured | {"unit": info["unit"], "median": _short(info["value"])}
    measured |= {"peer": info["peer"]}
    measured |= {name: _short(stats[of] / info["theirs"][of]) for name, of in (("median", "median"), ("least", "min"))}
    return measured | ({"memory": _short(info["memory"])} if "memory" in info else {})


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def recorded(**new: Any) -> dict[str, Any]:
    """Update the record, and return it."""
    content: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) | new
    RESULTS.write_text(json_text(content, levels=1), encoding="utf-8")
    return content


def main() -> int:
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = sorted(map(row, results["benchmarks"]), key=lambda measured: str(measured["what"]))
    kit, ratios = ([measured for measured in rows if ("unit" in measured) is whole] for whole in (True, False))
    recorded(ratios=ratios, kit=kit)
    for measured in rows:
        kept = "" if measured["median"] <= measured["bound"] else "  above its bound"
        unit = measured.get("unit", "")
        print(f"{measured['median']:>8} {unit:4} of {measured['bound']:.3g}  {measured['what']}{kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
