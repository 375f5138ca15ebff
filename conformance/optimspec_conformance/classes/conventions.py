"""Which convention an implementation follows for each class: declared by it, or on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from .catalogue import DEFINITIONS, conventions, nearest
from .definition import Convention, Definition

Declared = Mapping[str, str]  # the names of conventions, by class


def of_class(subject: str, name: str) -> Convention:
    """The convention of a class with a name. Raises ValueError."""
    if subject not in DEFINITIONS:
        raise ValueError(f"there is no class {subject}{nearest(subject, DEFINITIONS)}")
    by_name = {convention.name: convention for convention, _ in conventions(subject)}
    if name not in by_name:
        names = ", ".join(by_name) or "none"
        raise ValueError(f"{subject} has no convention {name}; it has {names}{nearest(name, by_name)}")
    return by_name[name]


def classes_by_convention() -> dict[str, list[str]]:
    """The classes that have each convention."""
    by_convention: dict[str, list[str]] = {}
    for subject in DEFINITIONS:
        for convention, _ in conventions(subject):
            by_convention.setdefault(convention.name, []).append(subject)
    return by_convention


def parse(text: str) -> dict[str, str]:
    """A declaration in words: ``torch`` for every class that has it, or ``Adagrad=torch,Adam=keras``.

    A convention of a single class overrides one for all. Raises ValueError.
    """
    of_all: dict[str, str] = {}
    single: dict[str, str] = {}
    known = classes_by_convention()
    for word in filter(None, (part.strip() for part in text.split(","))):
        subject, equals, name = (part.strip() for part in word.partition("="))
        if equals:
            of_class(subject, name)
            _declare(single, [subject], name)
        elif word in known:
            _declare(of_all, known[word], word)
        else:
            raise ValueError(f"there is no convention {word}; there are {', '.join(known)}{nearest(word, known)}")
    if not of_all | single:
        raise ValueError(f"no convention is named; there are {', '.join(known)}")
    return of_all | single


def _declare(declared: dict[str, str], subjects: Iterable[str], name: str) -> None:
    for subject in subjects:
        if declared.setdefault(subject, name) != name:
            raise ValueError(f"{subject} follows one convention, not both {declared[subject]} and {name}")


def check_conventions(declared: Declared) -> None:
    """Raises ValueError for a class that does not exist, or a convention that a class does not have."""
    for subject, name in declared.items():
        of_class(subject, name)


def definitions_under(declared: Declared) -> Mapping[str, Definition]:
    """The definitions of all classes, under the conventions of some."""
    return _definitions_under(frozenset(declared.items()))


@cache
def _definitions_under(declared: frozenset[tuple[str, str]]) -> Mapping[str, Definition]:
    return {
        **DEFINITIONS,
        **{subject: DEFINITIONS[subject].under(of_class(subject, name)) for subject, name in declared},
    }


def in_words(declared: Declared) -> str:
    """Such as ``torch: Adagrad, RMSprop; keras: Adam``."""
    by_convention: dict[str, list[str]] = {}
    for subject in DEFINITIONS:
        if subject in declared:
            by_convention.setdefault(declared[subject], []).append(subject)
    return "; ".join(f"{name}: {', '.join(subjects)}" for name, subjects in by_convention.items())


def as_option(declared: Declared) -> str:
    """The declaration as the command line takes it."""
    return ",".join(f"{subject}={declared[subject]}" for subject in DEFINITIONS if subject in declared)
