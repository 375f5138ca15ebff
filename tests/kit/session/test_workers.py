"""Runs on two workers of pytest-xdist."""

import re
from collections import defaultdict
from pathlib import Path

from runs import FAILED, KIT, MOVES_TWO, OK, kit, kit_on, message, pytest_in


def test_workers_report_what_one_process_reports(here: Path) -> None:
    narrowed = ("-k", "ExponentialLR or LinearLR")
    alone, shared = kit_on(here, MOVES_TWO, *narrowed), kit_on(here, MOVES_TWO, *narrowed, "-n", "2")
    assert shared.code == alone.code == FAILED
    assert shared.closing == alone.closing
    assert sorted(shared.report.splitlines()[1:]) == sorted(alone.report.splitlines()[1:])
    assert shared.failures.count("import mypkg as m") == alone.failures.count("import mypkg as m") == 1


def test_a_worker_takes_whole_classes(here: Path) -> None:
    narrowed = ("-k", "EXP or LIN or STEP or SCH-3", "-n", "2", "-vv")
    workers = defaultdict(set)
    told = kit(here, "numpy_optim", *narrowed).out
    for worker, subject in re.findall(r"^\[(gw\d)\].* PASSED \S+::[^/]+/(\w+)/", told, re.MULTILINE):
        workers[subject].add(worker)
    assert {"ExponentialLR", "LinearLR", "StepLR"} <= workers.keys()
    assert set().union(*workers.values()) == {"gw0", "gw1"}
    assert all(len(took) == 1 for took in workers.values())


def test_workers_are_given_what_is_asked_for(here: Path) -> None:
    run = kit(here, "numpy_optim", "-k", "EXP-", "-n", "2", "-vv", "--dist=each")
    took = re.findall(r"^\[(gw\d)\].* PASSED \S+::EXP-1/ExponentialLR/seed-0.1-0.95-15", run.out, re.MULTILINE)
    assert sorted(took) == ["gw0", "gw1"]


def test_workers_draw_from_the_seed_that_the_report_tells(here: Path) -> None:
    search = ("--optimspec-fuzz=30", "-k", "search and ExponentialLR")
    shared = kit_on(here, MOVES_TWO, *search, "-n", "1")
    (again,) = re.findall(r"^search: --optimspec-fuzz=30 (--optimspec-seed=\d+) draws", shared.report, re.MULTILINE)
    alone = kit_on(here, MOVES_TWO, *search, again)
    found = [re.findall(r'^\{"scheduler".+$', run.out, re.MULTILINE) for run in (shared, alone)]
    assert found[0] == found[1] != []


def test_workers_report_on_the_default_too(tmp_path: Path) -> None:
    run = pytest_in(tmp_path, *KIT, "-n", "2", "-k", "EXP-4")
    assert run.code == OK, run.text
    assert run.report.startswith("optimspec ")
    assert run.claim == "PARTIAL (-k)"


def test_workers_leave_the_message_to_the_run_that_starts_them(tmp_path: Path) -> None:
    message(kit(tmp_path, "nosuch", "-n", "2"))
