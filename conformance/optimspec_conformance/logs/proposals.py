"""Proposes schedules that give a log: the simplest first, with what the log does not determine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..scenarios.values import Json, Scenario, classes
from .comparison import Comparison, Tolerance, compare
from .conventions import SPECIFICATION, Reading, named
from .curve import Curve
from .cycles import one_cycles
from .errors import LogError
from .families import families
from .fits import LEAST, after_level, after_warmup, fits, warmup_within
from .free_numbers import free
from .log import Log
from .mistakes import Search
from .model import Model
from .shapes import Points
from .spec import check, python

SHOWN, NEAREST = 4, 2  # proposals that agree, and others where none does
SOME = 256  # points at which a proposal is compared first
BENDS = 3  # of a curve that may be a resume
RESUMES = ("restarted", "resumed", "epochs")  # the kinds of mistakes that may be beside a proposal


@dataclass(frozen=True)
class Proposal:
    """A schedule that gives a log, how well it does, and the parameters that could have other values.

    A ``formula`` stands for a part of a curve; it has no configuration. A schedule may
    be one of a ``convention``, and may give the log but for a ``mistake`` at a resume.
    """

    comparison: Comparison
    config: Scenario | None = None
    free: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""
    mistake: str = ""

    @property
    def agrees(self) -> bool:
        return self.comparison.first is None

    @property
    def complexity(self) -> int:
        """How many names and values it has."""
        return self.text.count("=") + self.text.count(",")

    @property
    def text(self) -> str:
        return self.formula if self.config is None else python(self.config)

    @property
    def reading(self) -> Reading:
        return named(self.config, self.convention) if self.config and self.convention else SPECIFICATION

    def compared(self, log: Log, tolerance: Tolerance) -> Proposal:
        """With a comparison at all points."""
        if self.config is None:
            return self
        return replace(self, comparison=compare(log, Curve(self.config, 0, self.reading), tolerance))

    def left_open(self, log: Log, tolerance: Tolerance) -> tuple[str, ...]:
        """What a log does not determine."""
        return () if self.config is None else tuple(free(self.config, self.reading, log, tolerance))

    def lines(self) -> Iterator[str]:
        how = "agrees" if self.agrees else "agrees but for a resume" if self.mistake else "comes near"
        yield f"{how}: {self.text}"
        if self.convention:
            yield f"  with --convention {self.convention}"
        if self.mistake:
            yield f"  the mistake: {self.mistake}"
        differing = "" if self.agrees else f"; {self.comparison.differing} of {self.comparison.points} points differ"
        yield f"  worst error {self.comparison.worst:.3g}, at step {self.comparison.worst_step}{differing}"
        yield from (f"  not known: {free}" for free in self.free)

    def data(self) -> Json:
        return {
            "schedule": None if self.config is None else self.text,
            "formula": self.formula or None,
            "convention": self.convention or None,
            "mistake": self.mistake or None,
            "agrees": self.agrees,
            "worst": {"error": self.comparison.worst, "step": self.comparison.worst_step},
            "free": list(self.free),
        }


@dataclass(frozen=True)
class Proposals:
    """The proposals that agree with a log, the simplest first; if there are none, the nearest ones.

    ``log`` is the one that was compared: its steps may be counted otherwise than in the file.
    """

    all: list[Proposal]
    log: Log

    @property
    def agrees(self) -> bool:
        return any(proposal.agrees for proposal in self.all)

    def lines(self) -> Iterator[str]:
        """The proposals in words."""
        yield from filter(None, (self.log.counted, self.log.left_out))
        yield from (line for proposal in self.all for line in proposal.lines())
        if not self.all:
            yield "no schedule comes near"

    def data(self) -> Json:
        """The proposals for a program."""
        return {
            "counted": self.log.counted or None,
            "left_out": self.log.left_out or None,
            "proposals": [proposal.data() for proposal in self.all],
        }


def propose(log: Log, fixed: float | None = None) -> Proposals:
    """Propose schedules for a log, which may count its steps from 1. Raises LogError if it has too few points."""
    proposals = _propose(log, fixed)
    if proposals.agrees and proposals.all[0].config:
        return proposals
    ways = [log]
    if not log.counted and log.steps.min() > 0:
        counted = "with --first-step 1, as if the log counted from 1:"
        ways.append(replace(log, steps=log.steps - 1, counted=counted))
        from_one = _propose(ways[-1], fixed)
        if from_one.agrees and not (proposals.agrees and len(proposals.all[0].text) < len(from_one.all[0].text)):
            return from_one
    if proposals.agrees:
        return proposals
    resumed = (resumed for way in ways if (resumed := Proposals(list(resumes(way, fixed)), way)).all)
    return next(resumed, proposals)


def _propose(log: Log, fixed: float | None) -> Proposals:
    tolerance = Tolerance(log.printed, float(np.abs(log.rates).max()), fixed)
    steps, rows = np.unique(log.steps, return_index=True)
    rates = log.rates[rows]
    points = Points(steps, rates, np.maximum(tolerance.allowed(rates), 1e-15 * tolerance.highest))
    if len(points) < LEAST:
        raise LogError(f"{len(points)} different steps are too few to propose a schedule")
    proposals: list[Proposal] = []
    with np.errstate(all="ignore"):
        for stage in (fits, after_level, after_warmup):  # if a simpler one agrees, the others are not needed
            agreeing_kinds: set[tuple[str, ...]] = set()
            for config in stage(points):
                kind = tuple(classes(config))
                if kind not in agreeing_kinds and len(agreeing_kinds) < SHOWN and _is_accepted(config):
                    proposals.append(Proposal(quickly(log, Curve(config), tolerance), config))
                    agreeing_kinds |= {kind} if proposals[-1].agrees else set()
            if agreeing_kinds:
                break
        if not agreeing_kinds:
            proposals += in_conventions(log, points, tolerance)
            proposals += formulas(log, points, tolerance)
    agreeing = sorted((proposal for proposal in proposals if proposal.agrees), key=lambda proposal: proposal.complexity)
    if not agreeing:
        nearest = sorted(proposals, key=lambda proposal: proposal.comparison.differing / proposal.comparison.points)
        return Proposals([proposal.compared(log, tolerance) for proposal in nearest[:NEAREST]], log)
    with_free = [replace(proposal, free=proposal.left_open(log, tolerance)) for proposal in agreeing]
    return Proposals(with_free, log)


def quickly(log: Log, curve: Curve, tolerance: Tolerance) -> Comparison:
    """The comparison at some points, and if they agree, at all."""
    some = compare(log.at(np.unique(np.linspace(0, len(log) - 1, SOME).astype(np.int64))), curve, tolerance)
    return some if some.first else compare(log, curve, tolerance)


def in_conventions(log: Log, points: Points, tolerance: Tolerance) -> Iterator[Proposal]:
    """One cycle as torch has it, and a warm-up within a cosine, as timm has it."""
    for name, configs in (("torch", one_cycles(points, torch=True)), ("timm", warmup_within(points))):
        for config in filter(_is_accepted, configs):
            comparison = quickly(log, Curve(config, 0, named(config, name)), tolerance)
            yield Proposal(comparison, config, convention=name)
            if comparison.first is None:
                return


def formulas(log: Log, points: Points, tolerance: Tolerance) -> Iterator[Proposal]:
    """Formulas that agree from some step on."""
    for family in families(points):
        comparison = compare(log.at(np.flatnonzero(log.steps >= family.begin)), family, tolerance)
        if comparison.first is None:
            yield Proposal(comparison, formula=family.text)
            return


def resumes(log: Log, fixed: float | None) -> Iterator[Proposal]:
    """Schedules that give a log up to a resume, and after it in another time."""
    tolerance = Tolerance(log.printed, float(np.abs(log.rates).max()), fixed)
    bends = np.argsort(-np.abs(np.diff(log.rates, n=2)))[:BENDS] + 1
    for end in dict.fromkeys([*log.starts[1:], *(bends + 1).tolist(), *bends.tolist()]):
        head = log.head(end)
        if len(np.unique(head.steps)) < LEAST or len(log) - end < LEAST:
            continue
        for proposal in _propose(head, fixed).all:
            if proposal.agrees and proposal.config and not proposal.convention:
                model = Model(Curve(proposal.config))
                mistake = next(Search(log, model, tolerance).after_resume(model), None)
                if mistake and mistake.kind in RESUMES:
                    comparison = compare(log, model.curve, tolerance)
                    yield Proposal(comparison, proposal.config, proposal.free, mistake=mistake.text)
                    return


def _is_accepted(config: Scenario) -> bool:
    try:
        check(config)
    except LogError:
        return False
    return True
