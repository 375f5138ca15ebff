"""What a check looks at. A difference elsewhere belongs to another requirement, whose own checks will find it.

Fields of a trace's row: t, base, lr (of the scheduler), opt_lr, weights (of the optimizer). Rows of ``members`` and
``changed`` and refusals are always looked at.
"""

from __future__ import annotations

from .model import Model, OptimizerModel

PAGES = {"SCH": ("t", "lr"), "CMP": ("base", "lr"), "STA": ("t", "base", "lr"), "OPT": ("weights",), "NUM": ("lr",)}
REQUIREMENTS = {
    "SCH-2": ("lr",),
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
    "STA-14": ("weights",),
    "OPT-2": ("t", "lr"),
    "OPT-3": ("opt_lr",),
    "OPT-4": ("opt_lr", "weights"),
    "OPT-30": ("lr", "weights"),
    "OPT-31": ("base", "lr", "weights"),
    "NUM-4": ("weights",),
    "NUM-5": ("weights",),
    "CMP-7": ("t", "base", "lr"),
    "CHAIN-3": ("t",),
    "CHAIN-4": ("t", "lr"),
    "SEQ-3": ("t",),
    "SEQ-7": ("base", "lr"),
    "PLAT-15": ("t", "base", "lr"),
    "PLAT-16": ("base", "lr"),
    "PLAT-21": ("t",),
    "ONE-6": ("base",),
}


def reads(requirement: str, model: Model) -> tuple[str, ...]:
    """The fields that a check of a requirement compares."""
    page = requirement.split("-")[0]
    if isinstance(model, OptimizerModel) and page == "STA":
        return ("weights",)
    of_class = ("weights",) if isinstance(model, OptimizerModel) else ("lr",)
    return REQUIREMENTS.get(requirement) or PAGES.get(page) or of_class
