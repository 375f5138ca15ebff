"""The summary at the end of a run, in the terminal."""

from __future__ import annotations

from ..cases.committed import AREAS, PROFILES
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import as_option, in_words
from ..implementations.guard import enforced
from ..verdict.judge import Result
from .run_result import FEW, NOTHING_JUDGED, RunResult

CAUSES, REASONS, ADVISORIES, LACKING = 16, 6, 3, 6  # that are shown; the rest are counted
SCOPED = ("CONFORMANT in", "NOT CONFORMANT")  # claims that say how much they are about
NOTHING = "no check could be judged, so there is nothing to claim: see why above, and try optimspec smoke"


def summary(run: RunResult) -> list[str]:
    counted = ", ".join(f"{run.count(result)} {result}" for result in Result)
    scope = f"; judged: {run.scope}" if run.claim.startswith(SCOPED) and run.scope else ""
    return [
        *(_grid(run) if run.checks else []),
        *_conventions(run),
        *_causes(run),
        *_reasons(run),
        *_advisories(run),
        *_withheld(run),
        *([f"search: scenarios that ran: {', '.join(run.search_counts)}"] if run.search_counts else []),
        *(f"search: {name} differs from the specification" for name in run.failed_searches),
        *(f"note: {note}" for note in [*_conditions(run), *run.notes]),
        *(f"error: {error}" for error in run.errors),
        *(f"not written: {file}" for file in run.unwritten),
        *([NOTHING] if run.claim == NOTHING_JUDGED or (run.checks and not run.judged()) else []),
        *(["; ".join(f"{tier}: {verdict}" for tier, verdict in run.verdicts().items())] if run.checks else []),
        f"{len(run.checks)} checks: {counted}{scope}: {run.claim}",
    ]


def _reasons(run: RunResult) -> list[str]:
    first, rest = run.reasons[:REASONS], sum(n for _, n in run.reasons[REASONS:])
    lines = [f"{n:>6}  {reason}" for reason, n in [*first, *([("other reasons", rest)] if rest else [])]]
    return ["not provided, and how many checks for each reason", *lines, ""] if lines else []


def _conventions(run: RunResult) -> list[str]:
    """The conventions that are followed, and how to declare those that are not."""
    declared, undeclared = run.implementation.conventions, run.undeclared
    lines = [f"conventions, as declared: {in_words(declared)}", ""] if declared else []
    if undeclared:
        n = run.count(Result.CONVENTION)
        lines += [
            f"{n} checks follow the conventions of other libraries, which is no failure once they are declared:",
            f"    {in_words(undeclared)}",
            f"    --optimspec-convention={as_option({**declared, **undeclared})}",
            "",
        ]
    return lines


def _causes(run: RunResult) -> list[str]:
    """Each cause with how much it breaks, and the first failure."""
    all_causes = run.causes
    lines = []
    for cause in all_causes[:CAUSES]:
        first = cause.example
        lines += [
            f"{len(cause.failures):>6}  {cause.text}: {_listed(cause.classes)}",
            f"        {first.check}: expected {first.expected}; {first.observed}",
        ]
    rest = sum(len(cause.failures) for cause in all_causes[CAUSES:])
    lines += [f"{rest:>6}  {len(all_causes) - CAUSES} more causes, which a report tells"] if rest else []
    return ["causes, how many checks each fails, in which classes, and the first one", *lines, ""] if lines else []


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= FEW else f"{len(names)} classes"


def _advisories(run: RunResult) -> list[str]:
    """SHOULD requirements that were not met."""
    advisories = [check for check in run.checks if check.result is Result.ADVISORY]
    lines = [f"  {check.check}: expected {check.expected}; {check.observed}" for check in advisories[:ADVISORIES]]
    rest = [f"  and {len(advisories) - ADVISORIES} more"] if len(advisories) > ADVISORIES else []
    return ["advisory, which a SHOULD asks for", *lines, *rest, ""] if lines else []


def _withheld(run: RunResult) -> list[str]:
    """Why a conformant run is not given a whole profile."""
    whole = run.whole_profiles()
    if not run.claim.startswith("CONFORMANT") or run.profile in whole:
        return []
    profile, lacking = PROFILES[len(whole)], run.lacking()
    names = [name for name in lacking if DEFINITIONS[name].profile == profile]
    pairs = "; ".join(f"{name} ({lacking[name]})" for name in names[:LACKING])
    rest = f"; and {len(names) - LACKING} more classes" if len(names) > LACKING else ""
    return [f"the profile {profile} is withheld, for what was not judged: {pairs}{rest}"]


def _conditions(run: RunResult) -> list[str]:
    """Notes about conditions that the run could not meet."""
    notes = [] if enforced() else ["the time limit needs the signals of POSIX, or isolation"]
    restarts = run.implementation.restarts
    return [*notes, *([f"the process had to be started again: {restarts} times"] if restarts else [])]


def _grid(run: RunResult) -> list[str]:
    subjects = list(dict.fromkeys(subject for _, subject, _ in run.counts))
    judged = [subject for subject in subjects if run.judged(subject)]
    shown = [subject for subject in judged if run.count(Result.PASS, subject) < run.count(None, subject)]
    width = max(map(len, shown), default=0) + 2
    lines = [
        "passed of judged checks, and of how many if some could not be judged",
        *([" " * width + "".join(f"{area:>16}" for area in AREAS)] if shown else []),
    ]
    for subject in shown:
        cells = [_cell(run, subject, area) for area in AREAS]
        lines.append(f"{subject:<{width}}" + "".join(f"{cell:>16}" for cell in cells))
    right, unjudged = len(judged) - len(shown), len(subjects) - len(judged)
    rest = ((right, "passed everything"), (unjudged, "could not be judged at all"))
    return [*lines, *(f"{n} {'class' if n == 1 else 'classes'} {what}" for n, what in rest if n), ""]


def _cell(run: RunResult, subject: str, area: str) -> str:
    ran, judged = run.count(None, subject, area), run.judged(subject, area)
    of_all = f" of {ran}" if judged < ran else ""
    return f"{run.count(Result.PASS, subject, area)}/{judged}{of_all}" if ran else "-"
