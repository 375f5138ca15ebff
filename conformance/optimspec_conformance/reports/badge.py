"""A badge: the version of the specification, and how much of it an implementation conforms to."""

from __future__ import annotations

from html import escape
from typing import Any

from ..specification import TIERS

GREEN, YELLOW, ORANGE, RED = "#2b7a3d", "#7a6a00", "#a34a00", "#b3261e"
CHARACTER, PADDING, HEIGHT = 6.6, 8, 20  # pixels, of Verdana at 11


def status(record: dict[str, Any]) -> tuple[str, str] | None:
    """The text of the right half and its colour; None if the run claims nothing."""
    provided = sum(entry["provided"] for entry in record["classes"])
    claim, _, conventions = record["claim"].partition(", conventions ")
    text = _status(claim, provided, record)
    if text is None or not conventions:
        return text
    names = ", ".join(dict.fromkeys(entry["convention"] for entry in record["conventions"]))
    return f"{text[0]}, as {names}", text[1]


def _status(claim: str, provided: int, record: dict[str, Any]) -> tuple[str, str] | None:
    deviating = [entry["tier"] for entry in record["tiers"] if entry["deviations"]]
    where = f" in {', '.join(deviating)}" if 0 < len(deviating) < len(record["tiers"]) else ""
    some = [entry["tier"] for entry in record["tiers"]] if len(record["tiers"]) < len(TIERS) else []
    about, _, profile = claim.partition(", tiers ")[0].partition(", profile ")
    match about:
        case "CONFORMANT":
            return ", ".join([f"conformant: {profile}", *some]), GREEN
        case "CONFORMANT in what it provides":
            return ", ".join([f"conformant: {provided} of {len(record['classes'])} classes", *some]), YELLOW
        case "NOT CONFORMANT, as known":
            return f"not conformant{where}, as known", ORANGE
        case "NOT CONFORMANT" if record["footer"]["complete"]:
            return f"not conformant{where}", RED
    return None


def badge(record: dict[str, Any]) -> str | None:
    """A self-contained image."""
    claim = status(record)
    if claim is None:
        return None
    text, colour = claim
    name = f"optimspec {'.'.join(record['specification'].split('.')[:2])}"
    widths = [round(len(half) * CHARACTER + 2 * PADDING) for half in (name, text)]
    title = escape(f"{name}: {text}, {record['implementation']['name']} {record['implementation']['version']}")
    total = sum(widths)
    halves = zip((name, text), (widths[0] / 2, widths[0] + widths[1] / 2), widths, strict=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{HEIGHT}" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<clipPath id="r"><rect width="{total}" height="{HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{widths[0]}" height="{HEIGHT}" fill="#444"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="{HEIGHT}" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        + "".join(
            f'<text x="{middle:g}" y="14" textLength="{width - 2 * PADDING}">{escape(half)}</text>'
            for half, middle, width in halves
        )
        + "</g></svg>\n"
    )
