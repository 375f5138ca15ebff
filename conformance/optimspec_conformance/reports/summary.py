"""The summary at the end of a run, in the terminal."""

from __future__ import annotations

from ..cases.committed import AREAS
from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import as_option, in_words
from ..implementations.guard import enforced
from ..verdict.judge import Result
from .run_result import NOTHING_JUDGED, UNEXPLAINED, RunResult

REASONS, ADVISORIES, LACKING = 12, 6, 6  # that are shown; the rest are counted
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
        *([f"search: scenarios that ran: {', '.join(run.searched)}"] if run.searched else []),
        *(f"search: {found} differs from the specification" for found in run.found),
        *(f"note: {note}" for note in [*_conditions(run), *run.notes]),
        *(f"error: {error}" for error in run.errors),
        *(f"not written: {file}" for file in run.unwritten),
        *([NOTHING] if run.claim == NOTHING_JUDGED or (run.checks and not run.judged()) else []),
        f"{len(run.checks)} checks: {counted}{scope}: {run.claim}",
    ]


def _reasons(run: RunResult) -> list[str]:
    reasons = run.reasons.most_common()
    rest = sum(n for _, n in reasons[REASONS:])
    lines = [f"{n:>6}  {reason}" for reason, n in reasons[:REASONS]] + ([f"{rest:>6}  other reasons"] if rest else [])
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
    if not run.causes.keys() - {UNEXPLAINED}:
        return []
    ordered = sorted(run.causes.most_common(), key=lambda counted: counted[0] == UNEXPLAINED)
    counted = [f"{n:>6}  {cause}" for cause, n in ordered]
    return ["what failures look like, and how many checks each explains", *counted, ""]


def _advisories(run: RunResult) -> list[str]:
    """What a SHOULD asks for and was not observed."""
    advisories = [check for check in run.checks if check.result is Result.ADVISORY]
    lines = [f"  {check.check}: expected {check.expected}; {check.observed}" for check in advisories[:ADVISORIES]]
    rest = [f"  and {len(advisories) - ADVISORIES} more"] if len(advisories) > ADVISORIES else []
    return ["advisory, which a SHOULD asks for", *lines, *rest, ""] if lines else []


def _withheld(run: RunResult) -> list[str]:
    """Why a conformant run is not given a whole profile."""
    if not run.claim.startswith("CONFORMANT"):
        return []
    lacking = run.lacking()
    core = [name for name in lacking if DEFINITIONS[name].profile == "core"]
    profile, names = ("core", core) if core else ("extended", list(lacking))
    if not names or run.claim.startswith(f"CONFORMANT, profile {run.profile}"):
        return []
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
    width = max(map(len, subjects)) + 2
    lines = [
        "passed of judged checks, and of how many if some could not be judged",
        " " * width + "".join(f"{area:>13}" for area in AREAS),
    ]
    for subject in subjects:
        cells = [_cell(run, subject, area) for area in AREAS]
        lines.append(f"{subject:<{width}}" + "".join(f"{cell:>13}" for cell in cells))
    return [*lines, ""]


def _cell(run: RunResult, subject: str, area: str) -> str:
    ran, judged = run.count(None, subject, area), run.judged(subject, area)
    of_all = f" of {ran}" if judged < ran else ""
    return f"{run.count(Result.PASS, subject, area)}/{judged}{of_all}" if ran else "-"
