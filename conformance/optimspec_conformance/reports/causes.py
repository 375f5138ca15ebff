"""Groups failures by cause: what has to be changed once, however many requirements, classes and checks it breaks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .. import specification
from ..cases.committed import entry_of
from ..classes.catalogue import DEFINITIONS, module_path
from ..classes.conventions import parse
from ..verdict.judge import Result
from .check_result import CheckResult

BROKEN = {  # the cause if a requirement is broken, and no known mistake explains it
    "a list is shared, not copied": "SCH-10 SCH-13 SCH-18 SCH-31 CMP-10 MULTI-9 PIECE-8 SEQ-13 PLINE-10 LAMBDA-10 "
    "MULTIPLY-10",
    "arrays of the caller are overwritten": "OPT-15 OPT-16 OPT-17",
    "arrays of the caller are kept": "OPT-51",
    "a state is shared with its object": "STA-1 STA-2 STA-11 STA-12",
    "a state is not plain data": "STA-3 STA-4 STA-5 STA-6",
    "a load does not restore everything": "STA-7 STA-8 STA-9 STA-10 STA-13 STA-14 PLAT-15",
    "asking for a state changes the object": "STA-19",
    "a load brings other hyperparameters": "STA-20",
    "a refused step is half done": "SCH-25 OPT-26",
    "a refused load is half done": "STA-18",
    "a refused composite has changed its members": "CMP-7",
}
STATES, HYPERPARAMETERS = "states are not checked", "hyperparameters are not checked"
ACCEPTED = {  # the cause if what one of these refuses is accepted; all others refuse hyperparameters
    STATES: "STA-15 STA-16 STA-17 STA-21",
    "the arguments of a step are not checked": "SCH-23 SCH-24 PLAT-14",
    "weights and gradients are not checked": "OPT-12 OPT-19 OPT-20 OPT-21 OPT-22 OPT-23 OPT-24 OPT-25 OPT-45",
}
BROKEN_OFF = {  # the cause if a run was aborted
    "the answer": "what the program answers is not the protocol",
    "the process": "the program ends, or falls silent, before it answers",
    "the program": "the program answers with an error of its own",
    "time taken": "runs take too long",
}
NOTHING_REFUSED = ("accepted", "everything was accepted")
ONE_CLASS = re.compile(r"(\w+): (?!.*, and [A-Z]\w+: )")


@dataclass(frozen=True)
class Cause:
    """A cause in words, and the failures that it explains."""

    text: str
    failures: list[CheckResult]

    @property
    def classes(self) -> list[str]:
        subjects = {failure.subject for failure in self.failures}
        return [name for name in DEFINITIONS if name in subjects]

    @property
    def requirements(self) -> list[str]:
        broken = {failure.requirement for failure in self.failures}
        return [id_ for id_ in specification.requirements() if id_ in broken]

    @cached_property
    def example(self) -> CheckResult:
        return self.failures[0]


def causes(failures: Iterable[CheckResult]) -> list[Cause]:
    """The causes of failures, those with the most failures first; of known failures, the reasons in the list."""
    failures = list(failures)
    alone = {failure.cause for failure in failures if not failure.tied}
    unknown = {one.subject for one in failures if not _known(one, alone, set()) and _of_own_page(one)}
    grouped: dict[str, list[CheckResult]] = defaultdict(list)
    for failure in failures:
        listed = failure.reason if failure.result is Result.KNOWN_FAILURE else ""
        grouped[listed or _known(failure, alone, unknown) or _unknown(failure, unknown)].append(failure)
    return [Cause(text, grouped[text]) for text in sorted(grouped, key=lambda text: (-len(grouped[text]), text))]


def kind(failure: CheckResult) -> str:
    """The kind of a failure, from this failure alone: its cause, or its requirement."""
    return _known(failure, set(), set()) or failure.requirement


def _known(failure: CheckResult, alone: set[str], unknown: set[str]) -> str:
    """The cause, if it is known. Of tied mistakes, the one that alone explains another failure, or else all.

    If the formula of a class is ``unknown``, a number that differs from the exact one says nothing more about it; a
    difference between two runs does.
    """
    if broken_off := BROKEN_OFF.get(failure.observed.partition(": ")[0]):
        return broken_off
    says_nothing = failure.subject in unknown and _is_number_of_exact_trace(failure)
    refusal = specification.requirements()[failure.requirement].tier == "refusals" and not says_nothing
    if refusal and (text := _of_refusal(failure)):
        return text
    if failure.convention:
        return f"the convention {', '.join(dict.fromkeys(parse(failure.convention).values()))}, which is not declared"
    if failure.cause:
        tied = (failure.cause, *failure.tied)
        shown = [cause for cause in tied if cause in alone][:1] or tied
        return " or ".join(dict.fromkeys(ONE_CLASS.sub(_without_class, cause) for cause in shown))
    if failure.observed.startswith("dtype of "):
        return "weights do not keep their dtype"
    return "" if says_nothing else _listed(BROKEN, failure.requirement)


def _of_refusal(failure: CheckResult) -> str:
    """The cause of a failure to refuse, or to accept."""
    what, _, observed = failure.observed.partition(": ")
    if what == "message":
        return "messages do not name the parameter"
    if what == "error" and observed not in NOTHING_REFUSED:
        if failure.expected != "none":
            return "another exception than asked"
        return "" if failure.requirement.startswith("STA-") else "valid arguments are refused"
    if what == "error" or failure.requirement in ACCEPTED[STATES]:
        return _listed(ACCEPTED, failure.requirement) or HYPERPARAMETERS
    return ""


def _unknown(failure: CheckResult, unknown: set[str]) -> str:
    """The cause of a failure that no mistake explains: the class has another formula, or the requirement is not met."""
    what, _, observed = failure.observed.partition(": ")
    if what == "error" and observed not in NOTHING_REFUSED:
        return f"raises {observed.partition(':')[0]}"
    if failure.subject in unknown:
        return f"{failure.subject}: another formula, none that the kit knows"
    required = specification.requirements()[failure.requirement]
    return f"not so: {required.sentence} ({required.id})"


def _is_number_of_exact_trace(failure: CheckResult) -> bool:
    """Whether a number differs from the exact one: no error, no changed array, no difference between two runs."""
    return not failure.observed.startswith(("error: ", "changed: ")) and entry_of(failure.check).exact


def _of_own_page(failure: CheckResult) -> bool:
    """Whether a failure is about the formula of its class."""
    page = specification.requirements()[failure.requirement].page
    return page == f"{module_path(failure.subject)}.md" and not failure.observed.startswith("error: ")


def _without_class(match: re.Match[str]) -> str:
    return "" if match[1] in DEFINITIONS else match[0]


def _listed(texts: dict[str, str], requirement: str) -> str:
    return next((text for text, requirements in texts.items() if requirement in requirements.split()), "")
