"""Golden values of a class: some committed cases as tables, with the numbers as the vector files have them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import islice

from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.implementations.snippet import call
from optimspec_conformance.scenarios.values import Json, Row, key_literal

MOST = 3
ROWS = 25


def golden(name: str) -> str:
    """The first case of each of the first requirements that have one; all but the first are folded."""
    chosen = list(islice(_chosen(name), MOST))
    return "\n\n".join(_case(case, opened=case is chosen[0]) for case in chosen)


def _chosen(name: str) -> Iterator[CommittedCase]:
    seen: set[str] = set()
    for case in cases():
        if case.subject == name and case.area == "golden" and case.requirement not in seen and _shows(case):
            seen.add(case.requirement)
            yield case


def _shows(case: CommittedCase) -> bool:
    """Whether a case fits into a table: a rate in every row, and not too many rows."""
    rows = case.trace or []
    return 0 < len(rows) <= ROWS and all("lr" in row or "opt_lr" in row for row in rows)


def _case(case: CommittedCase, opened: bool) -> str:
    made = case.scenario["optimizer" if "optimizer" in case.scenario else "scheduler"]
    head, *rows = _of_weight(case) if "optimizer" in case.scenario else _of_rates(case)
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<details class="golden"{" open" if opened else ""}><summary>{escape(case.id)}</summary>'
        f"<pre><code>{escape(call(made).removeprefix('m.'))}</code></pre>"
        f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def _of_rates(case: CommittedCase) -> list[list[str]]:
    """The time and the rate of each group; the metric, where there is one."""
    assert case.trace is not None
    metrics = ["", *(_text(row.get("metric", "")) for row in case.scenario["do"])]
    groups = len(case.trace[0]["lr"])
    rates = ["rate"] if groups == 1 else [f"rate of group {group}" for group in range(groups)]
    rows = [[str(row["t"]), *map(_text, row["lr"])] for row in case.trace]
    if not any(metrics):
        return [["t", *rates], *rows]
    return [["t", "metric", *rates], *([t, metric, *lr] for (t, *lr), metric in zip(rows, metrics, strict=True))]


def _of_weight(case: CommittedCase) -> list[list[str]]:
    """The gradient and the value of one number: the weight that is a single one, if there is one."""
    assert case.trace is not None
    weights = case.scenario["weights"]
    key = next((key for key, array in weights if len(array["data"]) == 1), weights[0][0])
    name = key_literal(key) if _first(weights, key)[1] == 1 else f"{key_literal(key)}[0]"
    gradients = ["", *(_gradient(row, key) for row in case.scenario["do"])]
    rows = [
        [str(step), _text(row["opt_lr"]), gradient, _first(row["weights"], key)[0]]
        for step, (row, gradient) in enumerate(zip(case.trace, gradients, strict=True))
    ]
    return [["step", "rate", f"gradient of {name}", name], *rows]


def _gradient(row: Row, key: Json) -> str:
    return _first(row["grads"], key)[0] if "grads" in row else ""


def _first(pairs: Json, key: Json) -> tuple[str, int]:
    """The first number of an array, and how many there are; nothing, where it is not among the pairs."""
    data = next((array["data"] for name, array in pairs if name == key), [""])
    return data[0], len(data)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else str(value.get("float", "")) if isinstance(value, dict) else str(value)
