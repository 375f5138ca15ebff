"""``python -m mutation``, in tools/, summarizes the record.

``run`` mutates and records, ``sample`` tries a few mutants again, ``own`` runs the tests that named.toml names.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from . import record
from .mutants import REFERENCE, Mutant, modules, mutants

UNCHANGED = "schedulers/constant.py"
EVERY = 151  # one in so many of the mutants that were rejected is tried again


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("do", nargs="?", choices=("summary", "run", "sample", "own"), default="summary")
    parser.add_argument("paths", nargs="*", help="modules, such as schedulers/step.py, or folders; all if left out")
    parser.add_argument("--left", action="store_true", help="try only those again that were not rejected the last time")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that are tried at once")
    arguments = parser.parse_intermixed_args()  # options may stand between the arguments
    if arguments.do == "sample":
        return sample(arguments.jobs)
    if arguments.do == "own":
        return own()
    if arguments.do == "run":
        paths = [path for path in modules() if not arguments.paths or path.startswith(tuple(arguments.paths))]
        run(paths, arguments.jobs, arguments.left)
    text, enough = record.summary()
    print(text)
    return 0 if enough else 1


def run(paths: list[str], jobs: int, only_left: bool) -> None:
    """Try the mutants of some modules, and record the results after each module, so that a run can be interrupted."""
    from .trial import trials

    for path in paths:
        everything, left = mutants(path), record.left(path) if only_left else None
        killed_by = Counter[str]() if left is None else Counter(record.read()[path]["killed_by"])
        tried = everything if left is None else left
        not_killed = {mutant.id for mutant in tried}
        for mutant, outcome in trials(tried, jobs):
            if outcome.killed:
                killed_by[outcome.requirement or outcome.result] += 1
                not_killed.remove(mutant.id)
            else:
                print(f"{outcome.result:9} {mutant.id}", flush=True)
            record.write(path, killed_by, [mutant.id for mutant in everything if mutant.id in not_killed])
        print(f"{path}: {killed_by.total()} of {len(everything)} rejected", flush=True)


def sample(jobs: int) -> int:
    """Try some rejected mutants again, and an unchanged module. Returns 1 if a result is not as expected."""
    from .trial import trials

    rejected = record.killed()[::EVERY]
    unchanged = Mutant(UNCHANGED, "none", f"{UNCHANGED} as it is", (REFERENCE / UNCHANGED).read_bytes())
    tried, otherwise = 0, 0
    for mutant, outcome in trials([unchanged, *rejected], jobs):
        tried += 1
        if outcome.killed is (mutant is unchanged):
            otherwise += 1
            print(f"{outcome.result} {outcome.case}: {mutant.id}")
    print(f"{tried} tried, of which {otherwise} did not end as expected")
    return 1 if otherwise or not rejected else 0


def own() -> int:
    """Run the tests that named.toml names on their mutants. Returns 1 if one does not fail."""
    passed = 0
    for path in modules():
        for mutant in mutants(path):
            explanation = record.explanations().get(mutant.id)
            if explanation and explanation.test and not record.fails_on(explanation.test, mutant):
                passed += 1
                print(f"passes {explanation.test}: {mutant.id}", flush=True)
    print(f"{passed} mutants pass the test that is named for them")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
