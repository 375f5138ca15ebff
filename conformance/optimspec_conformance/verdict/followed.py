"""Which conventions an implementation follows: those that it declares, and those that its own runs show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from ..cases.committed import CommittedCase, entries, load
from ..cases.comparison import compare
from ..cases.conventions import Conventions, Withdrawn, under
from ..classes.catalogue import DEFINITIONS, conventions
from ..implementations.protocol import Implementation, ScenarioAborted
from ..scenarios.trace import Unsupported
from ..scenarios.values import Trace

TRIED = 12  # cases in which a convention makes a difference
FEWEST = 2  # a lone check shows no convention


class FollowedConventions:
    """The conventions of an implementation. What is not declared is determined once for each class, for all its checks.

    A class follows the convention that explains most of the cases which differ from the specification's own formula,
    and more than half of them.
    """

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.declared = under(implementation.conventions)
        self._shown: dict[str, str] = {}

    def explaining(self, case: CommittedCase, is_right: Callable[[Conventions], bool]) -> dict[str, str]:
        """The undeclared conventions of its classes under which a case passes, if other cases show them, too."""
        undeclared = [name for name in case.classes if name not in self.declared.declared and conventions(name)]
        for name in undeclared:
            for convention, _ in conventions(name):
                if is_right(self.beside({name: convention.name})) and self.shown(name) == convention.name:
                    return {name: convention.name}
        names = {name: self.shown(name) for name in undeclared if len(undeclared) > 1 and self.shown(name)}
        return names if len(names) > 1 and is_right(self.beside(names)) else {}

    def beside(self, names: Mapping[str, str]) -> Conventions:
        """The declared conventions, and these."""
        return under({**self.declared.declared, **names})

    def all_shown(self) -> dict[str, str]:
        """The undeclared conventions of all classes that are provided. Raises ScenarioAborted."""
        names = [name for name in DEFINITIONS if name not in self.declared.declared and conventions(name)]
        shown = {name: self._found_out(name) for name in names if self.implementation.provides(name)}
        return {name: convention for name, convention in shown.items() if convention}

    def shown(self, name: str) -> str:
        """The convention that the runs of a class show; empty for none, and if one of them is aborted."""
        try:
            return self._found_out(name)
        except ScenarioAborted:
            return ""

    def _found_out(self, name: str) -> str:
        """The same. Raises ScenarioAborted."""
        if name not in self._shown:
            self._shown[name] = ""  # while its cases run
            explained = {convention.name: self._explained(name, convention.name) for convention, _ in conventions(name)}
            best = max(explained, key=lambda convention: explained[convention][0])
            matches, differing = explained[best]
            self._shown[name] = best if matches >= FEWEST and 2 * matches > differing else ""
        return self._shown[name]

    def _explained(self, name: str, convention: str) -> tuple[int, int]:
        """How many of the cases that a convention changes pass under it alone, and how many fail without it."""
        matches = differing = 0
        for plain, changed in islice(self._differing(name, convention), TRIED):
            try:
                observed = self.implementation.run(plain.scenario)
                if compare(plain, observed, self.implementation.precision) is not None:
                    differing += 1
                    matches += compare(changed, observed, self.implementation.precision) is None
            except Unsupported:
                continue
        return matches, differing

    def _differing(self, name: str, convention: str) -> Iterator[tuple[CommittedCase, CommittedCase]]:
        """The cases of the class that the convention changes, each with the changed case."""
        followed = self.beside({name: convention})
        for entry in entries():
            if entry.subject == name and entry.exact:
                plain = load(entry.id)
                try:
                    changed = followed.case(plain)
                except Withdrawn:
                    continue
                if changed is not plain and all(map(self.implementation.provides, plain.needs)):
                    yield plain, changed


def is_right_under(conventions: Conventions, case: CommittedCase, observed: Trace, precision: str) -> bool:
    """Whether a trace is right for a case under conventions."""
    try:
        return compare(conventions.case(case), observed, precision) is None
    except Withdrawn:
        return False
