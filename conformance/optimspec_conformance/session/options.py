"""The command-line options of a run."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import pytest

DEFAULT = "optimspec"
PROFILES = ("core", "extended", "field")  # those of the vectors, which are read only in a run
LONGEST = 86_400  # seconds of a time limit
MOST = 10**9  # random scenarios of a class
REPORTS = (".json", ".html", ".svg", ".jsonl")


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("optimspec", "conformance kit of optimspec")
    group.addoption(
        "--impl",
        metavar="NAME",
        help="the implementation to check: a built-in adapter (braintools, keras, optax, torch), an entry point of the "
        f"group optimspec.implementations, path/to/adapter.py, an importable module (default: {DEFAULT}), or a program "
        "in any language: cmd:PROGRAM ARGS",
    )
    group.addoption(
        "--optimspec-known-failures",
        metavar="FILE.toml",
        help="failures that are known, with their reasons; one that is listed and passes is an error",
    )
    group.addoption(
        "--optimspec-write-known-failures",
        metavar="FILE.toml",
        help="write the failures of this run to FILE; reasons and links that it has are kept, and new ones to fill in",
    )
    group.addoption(
        "--optimspec-report",
        action="append",
        default=[],
        type=_report,
        metavar="FILE.json|.html|.svg|.jsonl",
        help="write the results to FILE: a record, a page, a badge, or a shard; may be given several times",
    )
    group.addoption(
        "--optimspec-precision",
        choices=("float32", "float64"),
        help="the precision of the implementation's rates (default: what they show)",
    )
    group.addoption(
        "--optimspec-convention",
        action="append",
        default=[],
        metavar="NAME|CLASS=NAME",
        help="the convention of every class that has it, such as torch; or of single classes: Adagrad=torch,Adam=keras",
    )
    group.addoption(
        "--optimspec-profile",
        choices=PROFILES,
        default=PROFILES[-1],
        help="the classes that are checked: those of a profile, which includes the ones before it (default: all)",
    )
    group.addoption(
        "--optimspec-tier",
        type=_tiers,
        metavar="TIER,…",
        help="the requirements that are checked: those of the tiers values, state or refusals (default: of all three)",
    )
    group.addoption(
        "--optimspec-time-limit",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="a check that takes longer fails (default: 10; 0 for no limit); as much again for each further 1000 steps",
    )
    group.addoption(
        "--optimspec-isolate",
        action="store_true",
        help="each class in a process of its own, which survives a hang in C and a crash of the interpreter",
    )
    group.addoption(
        "--optimspec-repro",
        metavar="DIR",
        help="write each failure to DIR, as a program that shows it without the kit",
    )
    group.addoption(
        "--optimspec-fuzz",
        type=_count,
        default=0,
        metavar="N",
        help="search, too: N random scenarios a class, compared with the oracle after every operation",
    )
    group.addoption(
        "--optimspec-seed",
        type=int,
        metavar="N",
        help="the seed of the search (default: a new one, which the report shows)",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text}: a limit is at most {LONGEST} seconds, a day; 0 is no limit")
    return seconds or math.inf


def _tiers(text: str) -> tuple[str, ...]:
    from ..specification import TIERS

    if unknown := set(text.split(",")) - set(TIERS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: the tiers are {', '.join(TIERS)}")
    return tuple(tier for tier in TIERS if tier in text.split(","))


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text}: a number from 0 to {MOST}")
    return number


def _report(name: str) -> str:
    if Path(name).suffix not in REPORTS:
        raise argparse.ArgumentTypeError(f"{name}: a report is a file that ends in {', '.join(REPORTS)}")
    return name


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker of xdist. One that fails to start would block the run, so its checks say why."""
    return hasattr(config, "workerinput")
