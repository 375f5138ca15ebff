"""Links to the explorer that show what the scenarios of the golden vectors say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from optimspec_conformance.cases.committed import CommittedCase

PER_GROUP = ("base_lr", "max_lr", "min_lr")
EVERY_STEP = 50  # so many rows has the explorer's table at most


@dataclass(frozen=True)
class Linked:
    """A link, and the rates that the page must show."""

    case: str
    hash: str
    expected: dict[int, float]
    scale: float  # of the tolerance, as NUM-1 has it


class NotOffered(Exception):
    """The explorer has no such form."""


def linked(case: CommittedCase) -> Iterator[Linked]:
    """A link for each group, and where the table is too short for all steps, for each step."""
    rows = list(rates_by_time(case))
    operations = case.scenario["do"]
    scheduler = {key: value for key, value in case.scenario["scheduler"].items() if key != "last_epoch"}
    metrics = [number(operation["metric"]) for operation in operations if "metric" in operation]
    if "lr" not in case.options["reads"]:
        raise NotOffered("rates are not read")
    for group in range(len(rows[0][1])):
        fields = dict(fields_of("a", scheduler, group))
        if metrics:  # the first step takes the first
            fields["a.metrics"] = ", ".join(metrics)
        expected = {t: float(rates[group]) for t, rates, _ in rows}
        base = max(abs(float(bases[group])) for _, _, bases in rows)
        most = max(expected)
        for steps in [max(most, 1)] if most <= EVERY_STEP else sorted({max(t, 1) for t in expected}):
            shown = {t: rate for t, rate in expected.items() if most <= EVERY_STEP or t == steps}
            link = urlencode({**fields, "steps": steps})
            yield Linked(
                f"{case.id}, group {group}", f"#{link}", shown, max(base, float(case.options.get("largest_rate", 0)))
            )


def rates_by_time(case: CommittedCase) -> Iterator[tuple[int, list[str], list[str]]]:
    """The rows, where they follow from the time and the arguments alone."""
    if not case.trace or any(operation["op"] not in ("scheduler.step", "read") for operation in case.scenario["do"]):
        raise NotOffered("operations")
    for row in case.trace:
        if "error" in row or not all(isinstance(rate, str) for rate in [*row["lr"], *row["base"]]):
            raise NotOffered("errors")
        yield row["t"], row["lr"], row["base"]


def fields_of(path: str, scheduler: dict[str, Any], group: int) -> Iterator[tuple[str, str]]:
    """The fields of the form, for one of the groups."""
    yield path, scheduler["class"]
    for key, value in scheduler.items():
        if key == "schedulers":
            for i, member in enumerate(value):
                yield from fields_of(f"{path}.{i}", member, group)
        elif key != "class" and value is not None:
            own = value[min(group, len(value) - 1)] if key in PER_GROUP and isinstance(value, list) else value
            yield f"{path}.{key}", text(own)


def text(value: Any) -> str:
    match value:
        case [*entries]:
            return f"[{', '.join(number(entry) for entry in entries)}]"
        case {"str": word}:
            return str(word)
        case {"bool": truth}:
            return "true" if truth else "false"
        case {"fn": "power", "base": "0.8"}:
            return "0.8 ** x"
        case {"fn": "inverse"}:
            return "1 / (1 + x)"
    return number(value)


def number(value: Any) -> str:
    match value:
        case str() | int():
            return str(value)
        case {"float": name}:
            return str(name)
    raise NotOffered(str(value))
