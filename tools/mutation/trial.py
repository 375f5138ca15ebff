"""Runs the committed cases on a mutant, in a process of its own, until one of them rejects it.

A busy machine must not reject a mutant: its limits are of processor time and of memory, and one that was killed for
another reason has not been judged.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import math
import os
import resource
import select
import signal
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import ModuleType
from typing import IO

import jax
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import COMPOSITES, DEFINITIONS, OPTIMIZERS, module_path
from optimspec_conformance.implementations.guard import TimeLimited
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.specification import requirements
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures

from .mutants import Mutant
from .record import explanations

LIMIT = 30.0  # seconds of processor time for a case
MEMORY = 6 * 2**30  # bytes for a mutant
WAIT = 3600.0  # seconds that a mutant is waited for
ENDS = {signal.SIGPROF: "timeout", signal.SIGKILL: "error"}  # what a signal means: SIGKILL, that the machine ended it
LATE = ("jaxlib.mlir.dialects.mhlo", "jaxlib.mlir.dialects.builtin", "jax.experimental.multihost_utils")
CACHE = {"jax_persistent_cache_min_compile_time_secs": 0, "jax_persistent_cache_min_entry_size_bytes": -1}
SOON = {"StepLR", "CyclicLR", "ReduceLROnPlateau", "SGD", "Adam", "AdamW"}  # they reject most mutants of shared code


@dataclass(frozen=True)
class Outcome:
    """``result`` is fail or convention for a rejection, pass for none, advisory where only a SHOULD was missed; import,
    crash or timeout where the mutant did not get so far, and error where it could not be judged.
    """

    result: str
    requirement: str = ""
    case: str = ""

    @property
    def killed(self) -> bool:
        return self.result not in ("pass", "advisory", "error")


def trials(mutants: Iterable[Mutant], jobs: int = 1) -> Iterator[tuple[Mutant, Outcome]]:
    """Each mutant with its outcome, in the order in which they end.

    jax is imported, and has started no thread yet, so that a child can be forked which imports the mutant.
    """
    if "optimspec" in sys.modules:
        raise RuntimeError("the reference is imported already: a child would not see the mutant")
    warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
    for module in LATE:  # jax imports them when it first compiles, which would take most of the time of a child
        importlib.import_module(module)
    requirements()
    with TemporaryDirectory() as compiled:
        running: dict[int, tuple[Mutant, int, float]] = {}
        waiting = iter(mutants)
        while True:
            while len(running) < jobs and (mutant := next(waiting, None)):
                pid, answers = forked(mutant, compiled)
                running[answers] = mutant, pid, monotonic()
            if not running:
                return
            readable, _, _ = select.select(list(running), [], [], 1.0)
            late = [answers for answers, (_, _, since) in running.items() if monotonic() - since > WAIT]
            for answers in {*readable, *late}:
                mutant, pid, _ = running.pop(answers)
                if answers not in readable:
                    os.kill(pid, signal.SIGKILL)
                with os.fdopen(answers, encoding="utf-8") as answer:
                    text = answer.read()
                _, status = os.waitpid(pid, 0)
                yield mutant, Outcome(**json.loads(text)) if text else ended(status)


def ended(status: int) -> Outcome:
    """The outcome of a mutant that gave no answer."""
    return Outcome(ENDS.get(signal.Signals(os.WTERMSIG(status)), "crash") if os.WIFSIGNALED(status) else "crash")


def forked(mutant: Mutant, compiled: str) -> tuple[int, int]:
    """A child that runs the cases: its process, and where it writes its answer."""
    checks = ordered(mutant)
    if mutant.id in explanations():  # it is known to pass, and is not worth the cases of every class
        checks = [case for case in checks if case.subject in SOON] or checks
    answers, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, answers
    os.close(answers)
    with os.fdopen(writing, "w", encoding="utf-8") as answer, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            outcome(mutant, checks, compiled, answer)
        except BaseException as error:  # nothing must return to the parent's code
            json.dump(asdict(Outcome("error", type(error).__name__)), answer)
        finally:
            answer.flush()
            os._exit(0)


def outcome(mutant: Mutant, checks: list[CommittedCase], compiled: str, answer: IO[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    for name, value in {**CACHE, "jax_compilation_cache_dir": compiled}.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]  # jax leaves it without annotations
    sys.meta_path.insert(0, Mutated(mutant))
    try:
        import optimspec
    except Exception as error:
        json.dump(asdict(Outcome("import", type(error).__name__)), answer)
        return
    json.dump(asdict(judged(optimspec, checks)), answer)


def judged(package: ModuleType, checks: Iterable[CommittedCase]) -> Outcome:
    """The first rejection; without one, the worst other result. SIGPROF ends the process at the limit of a case."""
    implementation = TimeLimited(NativeImplementation("optimspec", package, precision="float64"), math.inf)
    seen = Outcome("pass")
    for case in checks:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        verdict = judge(case, implementation, KnownFailures())
        if verdict.result in ("fail", "convention"):
            return Outcome(verdict.result, verdict.requirement, case.id)
        if verdict.result != "pass" and seen.result != "error":
            seen = Outcome(verdict.result, verdict.requirement, case.id)
    return seen


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the mutated module in place of the one that is there."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = "optimspec." + mutant.path.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, self.mutant.path, "exec"), vars(module))


def ordered(mutant: Mutant) -> list[CommittedCase]:
    """The cases that may reject it, the likely ones first: refusals for a constructor, otherwise golden values."""
    refuses = "__init__" in mutant.id or mutant.path == "base/validation.py"
    areas = ("validation", "golden") if refuses else ("golden",)
    rank = {area: position for position, area in enumerate(areas)}
    return sorted(for_module(mutant.path), key=lambda case: (case.subject not in SOON, rank.get(case.area, len(areas))))


@cache
def for_module(path: str) -> list[CommittedCase]:
    """The cases that reach a module: those with its class; all for a shared module, short scenarios first."""
    subjects = {name for name in DEFINITIONS if f"{module_path(name)}.py" == path}
    if path == "base/composite.py":
        subjects = {*COMPOSITES}
    reach = [case for case in cases() if not subjects or subjects & {*case.needs}]
    return sorted(reach, key=lambda case: (case.subject in OPTIMIZERS, case.subject not in SOON, _cost(case)))


def _cost(case: CommittedCase) -> int:
    """Short scenarios first: they refuse an argument, or take a step or two."""
    return len(json.dumps([case.scenario, case.other]))
