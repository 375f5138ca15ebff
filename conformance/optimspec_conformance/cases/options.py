"""The options of a comparison, and which read-outs it compares.

Other read-outs belong to other requirements, whose own checks compare them.

Read-outs in a row: t, base, lr (of the scheduler), opt_lr, weights (of the optimizer). Rows of ``members`` and
``changed``, and refusals, are always compared.
"""

from __future__ import annotations

from ..classes.catalogue import DEFINITIONS
from ..classes.definition import Definition, OptimizerDefinition
from ..oracle.schedulers import Definitions
from ..scenarios.case import Case
from ..scenarios.values import Json, Trace
from .tolerances import rates, tolerance, tolerance_of_law

PAGES = {"SCH": ("t", "lr"), "CMP": ("base", "lr"), "STA": ("t", "base", "lr"), "OPT": ("weights",), "NUM": ("lr",)}
REQUIREMENTS = {
    "SCH-2": ("lr",),
    "SCH-8": ("t", "lr", "opt_lr", "weights"),
    "SCH-7": ("lr",),
    "SCH-9": ("lr",),
    "SCH-10": ("lr",),
    "SCH-11": ("t",),
    "SCH-12": ("base",),
    "SCH-13": ("base", "lr"),
    "SCH-15": ("lr",),
    "SCH-16": ("base", "lr"),
    "SCH-18": ("base", "lr"),
    "STA-8": ("opt_lr", "weights"),
    "STA-13": ("lr", "opt_lr", "weights"),
    "STA-14": ("weights",),
    "OPT-2": ("t", "lr"),
    "OPT-3": ("opt_lr",),
    "OPT-4": ("opt_lr", "weights"),
    "OPT-30": ("lr", "weights"),
    "OPT-31": ("base", "lr", "weights"),
    "NUM-4": ("weights",),
    "NUM-5": ("weights",),
    "NUM-6": ("weights",),
    "CMP-7": ("t", "base", "lr"),
    "CHAIN-3": ("t",),
    "CHAIN-4": ("t", "lr"),
    "SEQ-3": ("t",),
    "SEQ-7": ("base", "lr"),
    "PLAT-15": ("t", "base", "lr"),
    "PLAT-16": ("base", "lr"),
    "PLAT-21": ("t",),
    "ONE-6": ("base",),
    "LAMBDA-5": ("t", "lr"),
    "MULTIPLY-5": ("t", "lr"),
}


def reads(requirement: str, definition: Definition) -> tuple[str, ...]:
    """The read-outs that a check of a requirement compares."""
    page = requirement.split("-")[0]
    if isinstance(definition, OptimizerDefinition) and page == "STA":
        return ("weights",)
    default = ("weights",) if isinstance(definition, OptimizerDefinition) else ("lr",)
    return REQUIREMENTS.get(requirement) or PAGES.get(page) or default


def options(
    definition: Definition, case: Case, trace: Trace | None, definitions: Definitions = DEFINITIONS
) -> dict[str, Json]:
    """The options of a case, with those that follow from its scenario and trace."""
    complete: dict[str, Json] = {"reads": list(reads(case.requirement, definition)), **case.options}
    if trace is not None:
        by = {row["by"] for row in trace if "by" in row and "error" not in row}
        if by:
            complete["reads_by"] = {requirement: list(reads(requirement, definition)) for requirement in sorted(by)}
        largest_rate = max(rates(case.scenario), default=0.0)
        if largest_rate:
            complete["largest_rate"] = repr(largest_rate)
        if "weights" in case.scenario and "tolerance" not in complete:
            complete["tolerance"] = repr(tolerance(case, trace, definitions))
    if "scaled" in case.options:
        complete["tolerance"] = repr(tolerance_of_law(case, definitions))
    return complete
