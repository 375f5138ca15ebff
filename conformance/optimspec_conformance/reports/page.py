"""The results as one self-contained page, which needs no JavaScript to be complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .. import specification
from ..cases.committed import AREAS
from ..verdict.judge import FAILING, UNJUDGED
from .causes import causes
from .check_result import CheckResult
from .plot import svg

PAGE = Path(__file__).parent / "page.html"
OTHERS = 12  # further checks of a failure to list; the rest are counted


def page(record: dict[str, Any], checks: list[CheckResult]) -> str:
    """Fill in the template; a template language would be a dependency for a dozen loops."""
    tested, footer = record["implementation"], record["footer"]
    partial_note = "" if footer["complete"] else " The run was not whole."
    verdicts = dict.fromkeys(entry["verdict"] for entry in record["results"])
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{tested['name']} {tested['version']}"),
        claim=escape(record["claim"]),
        claim_class="pass" if record["claim"].startswith("CONFORMANT") else "fail",
        tiers=escape("; ".join(f"{entry['tier']}: {entry['verdict']}" for entry in record["tiers"])),
        counts=escape(_counts(record["counts"])),
        about=escape(
            f"Specification {record['specification']}, profile {record['profile']}, rates in {tested['precision']}, "
            f"kit {record['kit']}, vectors {record['vectors'][:19]}…"
        ),
        notes="".join(f'<p class="error">{escape(error)}</p>' for error in record["errors"]),
        grid="".join(_grid(record["classes"])),
        causes="".join([*_causes(record["causes"]), *_not_provided(record["not_provided"])]),
        class_options="".join(_options(entry["class"] for entry in record["classes"])),
        verdict_options="".join(_options(verdicts)),
        failures="\n".join(_failures(record, checks)) or "<p>There are none.</p>",
        requirements="\n".join(_requirements(record)),
        footer=f"{footer['checks_run']} of {footer['checks_called_for']} checks ran.{partial_note}",
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {result}" for result, n in counts.items()) or "nothing ran"


def _options(names: Iterable[str]) -> Iterator[str]:
    yield from (f"<option>{escape(name)}</option>" for name in names)


def _class(verdict: str) -> str:
    """The CSS class of a verdict."""
    return {"not provided": "none", "not run": "none", "known failure": "known"}.get(verdict, verdict)


def _grid(classes: list[dict[str, Any]]) -> Iterator[str]:
    yield f"<thead><tr><th>class</th>{''.join(f'<th>{area}</th>' for area in AREAS)}</tr></thead>"
    for entry in classes:
        cells = "".join(_cell(entry["areas"].get(area, {})) for area in AREAS)
        yield f'<tr><th class="{_class(entry["verdict"])}">{entry["class"]}</th>{cells}</tr>'


def _cell(counts: dict[str, int]) -> str:
    ran, passed = sum(counts.values()), counts.get("pass", 0)
    if not ran:
        return '<td class="n none">–</td>'
    judged = ran - sum(counts.get(result, 0) for result in UNJUDGED)
    colour = "none" if judged < ran else "pass" if passed == ran else "known" if _forgiven(counts) else "fail"
    return f'<td class="n {colour}">{passed}/{judged}{f" of {ran}" if judged < ran else ""}</td>'


def _forgiven(counts: dict[str, int]) -> bool:
    return not {"fail", "convention", "error"} & set(counts)


def _causes(causes: list[dict[str, Any]]) -> Iterator[str]:
    if causes:
        yield "<h2>Causes of failures</h2><table>"
        yield "<tr><th>checks</th><th>cause</th><th>classes</th><th>the first one</th></tr>"
        for number, entry in enumerate(causes, 1):
            first = entry["example"]
            example = f"{first['check']}: expected {first['expected']}; {first['observed']}"
            yield (
                f'<tr><td class="n">{entry["checks"]}</td>'
                f'<td><a href="#cause-{number}">{escape(entry["cause"])}</a></td>'
                f"<td>{', '.join(entry['classes'])}</td><td>{escape(example)}</td></tr>"
            )
        yield "</table>"


def _not_provided(reasons: list[dict[str, Any]]) -> Iterator[str]:
    if reasons:
        yield "<h2>What was not provided</h2><table><tr><th>checks</th><th>reason</th></tr>"
        for entry in reasons:
            yield f'<tr><td class="n">{entry["checks"]}</td><td>{escape(entry["reason"])}</td></tr>'
        yield "</table>"


def _failures(record: dict[str, Any], checks: list[CheckResult]) -> Iterator[str]:
    """By cause: the first failure of each requirement and class in full, and the names of the others."""
    verdicts = {(entry["requirement"], entry["class"]): entry["verdict"] for entry in record["results"]}
    links = {
        (requirement, name): entry
        for entry in record["known_failures"]
        for requirement in entry["requirements"]
        for name in entry["classes"]
    }
    for number, cause in enumerate(causes(check for check in checks if check.result in FAILING), 1):
        yield f'<h3 class="cause" id="cause-{number}">{escape(cause.text)}</h3>'
        checks_by_pair: dict[tuple[str, str], list[CheckResult]] = defaultdict(list)
        for check in cause.failures:
            checks_by_pair[check.pair].append(check)
        for pair, failed in checks_by_pair.items():
            yield _failure(verdicts[pair], failed, links.get(pair))


def _failure(verdict: str, failed: list[CheckResult], known: dict[str, Any] | None) -> str:
    first = next((check for check in failed if check.text), failed[0])
    other_checks = [f"<li>{escape(check.check)}: {escape(check.observed)}" for check in failed if check is not first]
    more = [f"<li>and {len(other_checks) - OTHERS} more"] if len(other_checks) > OTHERS else []
    items = "".join([*other_checks[:OTHERS], *more])
    return "".join(
        [
            f'<article data-class="{first.subject}" data-verdict="{verdict}">',
            f'<h4>{first.requirement} of {first.subject}: <span class="{_class(verdict)}">{verdict}</span></h4>',
            _reason(known),
            "" if first.plot is None else f"<p>{escape(first.plot['what'])}</p>{svg(first.plot)}",
            f"<pre>{escape(first.text or first.observed)}</pre>",
            f"<details><summary>{len(other_checks)} other checks</summary><ul>{items}</ul></details>"
            if other_checks
            else "",
            "</article>",
        ]
    )


def _reason(known: dict[str, Any] | None) -> str:
    if known is None:
        return ""
    link = escape(known["link"])
    anchor = f'<a href="{link}" rel="noreferrer">{link}</a>' if link.startswith(("https://", "http://")) else link
    return f"<p>{escape(known['reason'])} {anchor}</p>"


def _requirements(record: dict[str, Any]) -> Iterator[str]:
    requirements = specification.requirements()
    for entry in record["results"]:
        required = requirements[entry["requirement"]]
        ulps = "" if entry["worst_ulps"] is None else f"{entry['worst_ulps']}"
        level = f"{required.level}, {required.tier}"
        yield (
            f'<tr data-class="{entry["class"]}" data-verdict="{entry["verdict"]}">'
            f'<td title="{escape(required.sentence)}">{required.id} <span class="dim">{level}</span></td>'
            f'<td>{entry["class"]}</td><td class="{_class(entry["verdict"])}">{entry["verdict"]}</td>'
            f'<td class="n">{_counts(entry["counts"])}</td><td class="n">{ulps}</td></tr>'
        )
