"""Lists of known failures: what one may say, what a run makes of it, and how one is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from optimspec_conformance.cases.committed import entries, entries_of
from optimspec_conformance.reports.check_result import CheckResult, first_difference
from optimspec_conformance.reports.known_failures_file import joined, list_text
from optimspec_conformance.scenarios.trace import Difference
from optimspec_conformance.session.session import ConformanceSession, Settings, load_known_failures
from optimspec_conformance.specification import TIERS
from optimspec_conformance.verdict import known_failures
from optimspec_conformance.verdict.judge import Result
from optimspec_conformance.verdict.known_failures import Counterexample, KnownFailure, KnownFailures

LISTS = Path(__file__).parents[3] / "conformance" / "known-failures"
ONE, OTHER = "EXP-4/ExponentialLR/gamma=1.5", "EXP-4/ExponentialLR/gamma=1.0"
SEEN = "error: TypeError: gamma is 1.5"
ENTRY = f"""
[[failure]]
requirement = "EXP-4"
classes = ["ExponentialLR"]
reason = "It raises TypeError."
link = "https://example.org/1"
counterexamples = [{{check = "{ONE}", observed = "{SEEN}"}}]
reproduction = "assert False"
"""
KNOWN = KnownFailure(
    ("EXP-4",),
    ("ExponentialLR",),
    "It raises TypeError.",
    "https://example.org/1",
    "assert False",
    (Counterexample(ONE, SEEN),),
)


MINUS_ONE = {name: Counterexample(f"SCH-6/{name}/minus-one", "3") for name in ("ExponentialLR", "StepLR")}
STEP = Counterexample("STEP-2/StepLR/default-gamma", "error")
DEFAULT = Counterexample("EXP-2/ExponentialLR/default-gamma", "error")


def lists(path: Path, text: str) -> Path:
    (path / "known.toml").write_text(text, encoding="utf-8")
    return path / "known.toml"


def run_of(
    directory: Path,
    failing: Mapping[str, str],
    partial: str | None = None,
    seed: int = 0,
    ended: Mapping[str, Result | None] = MappingProxyType({}),
    **settings: Any,
) -> ConformanceSession:
    """A run in which these checks fail, with what was observed in them, and all others pass.

    ``ended`` has the result of some checks that neither pass nor fail: None if they did not run.
    """
    chosen = Settings("it", directory, **settings)
    implementation: Any = SimpleNamespace(
        name="it",
        version="1",
        precision="float64",
        provides=lambda name: True,
        excused=frozenset(),
        conventions={},
        tiers=TIERS,
    )
    session = ConformanceSession(chosen, implementation, load_known_failures(chosen))
    records = []
    for case in entries():
        result = Result.PASS
        if case.id in failing:
            known = session.known.reason(case.requirement, case.subject)
            result = Result.FAIL if known is None else Result.KNOWN_FAILURE
        seen, end = failing.get(case.id, ""), ended.get(case.id, result)
        if end is None:
            continue
        result = end
        records.append(CheckResult(case.id, result, case.subject, case.area, case.requirement, observed=seen))
    Random(seed).shuffle(records)  # workers finish in any order
    for record in records:
        session.record(record)
    session.finish(partial)
    return session


# ------------------------------------------------------------------------------------------------ what a list may say


def test_a_list_that_is_right_is_read(tmp_path: Path) -> None:
    assert known_failures.read(lists(tmp_path, ENTRY)) == KnownFailures((KNOWN,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ENTRY.replace('"EXP-4"', '"EXP-99"'), "no requirement EXP-99", id="unknown requirement"),
        pytest.param(ENTRY.replace('["Exp', '["Expo'), "EXP-4 is not checked for Expo", id="unknown class"),
        pytest.param(
            ENTRY.replace('"EXP-4"', '"ADAM-1"'), "ADAM-1 is not checked for ExponentialLR", id="another page's class"
        ),
        pytest.param(re.sub("link = .*", "", ENTRY), "lacks link", id="no link"),
        pytest.param(re.sub("reason = .*", "", ENTRY), "lacks reason", id="no reason"),
        pytest.param(
            re.sub("counterexamples = .*", "", ENTRY),
            "lacks counterexamples; --optimspec-write-known-failures=FILE writes",
            id="no counterexample",
        ),
        pytest.param(ENTRY + 'extra = "x"', "unknown fields: extra", id="unknown field"),
        pytest.param(re.sub('reason = ".*"', 'reason = " "', ENTRY), "the reason must not be empty", id="empty field"),
        pytest.param(
            re.sub('reason = ".*"', 'reason = "TODO: why"', ENTRY),
            "the reason of EXP-4 of ExponentialLR is to be filled in",
            id="placeholder",
        ),
        pytest.param(
            re.sub('link = ".*"', 'link = "TODO"', ENTRY),
            "the link of EXP-4 of ExponentialLR is",
            id="placeholder link",
        ),
        pytest.param(ENTRY.replace('["ExponentialLR"]', "[]"), "classes must be a list", id="no classes"),
        pytest.param(ENTRY.replace('["ExponentialLR"]', '"ExponentialLR"'), "classes must be", id="classes a string"),
        pytest.param(ENTRY + 'expires = "2027-01-31"', "expires must be a day", id="expires a string"),
        pytest.param(ENTRY + "expires = 2027-01-31T00:00:00", "expires must be a day", id="expires an hour"),
        pytest.param(
            ENTRY.replace("gamma=1.5", "gamma=99"), "no check EXP-4/ExponentialLR/gamma=99", id="unknown check"
        ),
        pytest.param(ENTRY.replace(ONE, "EXP-2/ExponentialLR/default-gamma"), "does not show EXP-4", id="other check"),
        pytest.param(
            ENTRY.replace("}]", f'}}, {{check = "{OTHER}", observed = "x"}}]'),
            "one counterexample",
            id="two for one class",
        ),
        pytest.param(
            ENTRY.replace("observed =", "seen ="), "a check and what was observed", id="half a counterexample"
        ),
        pytest.param("failure = [1]", "entry 1: must be a table", id="no table in the list"),
        pytest.param(ENTRY * 2, "listed twice: EXP-4 of ExponentialLR", id="listed twice"),
        pytest.param(ENTRY.replace("[[failure]]", "[[failures]]"), "unknown tables ['failures']", id="unknown table"),
        pytest.param("[[failure]", "cannot be read", id="no TOML"),
        pytest.param("failure = 1", "failure must be tables", id="no table"),
        pytest.param(f"link = 1\n{re.sub('link = .*', '', ENTRY)}", "the link must be a string", id="link a number"),
    ],
)
def test_a_list_that_cannot_be_right_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        known_failures.read(lists(tmp_path, text))
    assert str(refused.value).startswith(f"{tmp_path / 'known.toml'}: ")


def test_an_entry_is_refused_with_its_line(tmp_path: Path) -> None:
    other = ENTRY.replace("EXP-4", "EXP-3").replace("gamma=1.5", "gamma=nan")
    with pytest.raises(ValueError, match="entry 2, line 10: no check EXP-3/ExponentialLR/gamma=nan"):
        known_failures.read(lists(tmp_path, ENTRY + other))


# ---------------------------------------------------------------------------------------------- what a run makes of it


def test_a_run_that_fails_as_known_says_so(tmp_path: Path) -> None:
    session = run_of(tmp_path, {ONE: SEEN, OTHER: "x"}, known=lists(tmp_path, ENTRY).name)
    assert (session.run_result.errors, session.run_result.notes) == ([], [])
    assert session.run_result.claim == "NOT CONFORMANT, as known"


@pytest.mark.parametrize(("day", "errors"), [(date(2000, 1, 1), 1), (date(9999, 12, 31), 0)])
def test_an_entry_is_an_error_after_its_last_day(tmp_path: Path, day: date, errors: int) -> None:
    known = lists(tmp_path, f"{ENTRY}expires = {day.isoformat()}\n")
    session = run_of(tmp_path, {ONE: SEEN}, known=known.name)
    assert len(session.run_result.errors) == errors
    assert all("EXP-4 of ExponentialLR expired on 2000-01-01" in error for error in session.run_result.errors)


def test_an_entry_holds_on_its_last_day() -> None:
    known = KnownFailures((KnownFailure(("EXP-4",), ("ExponentialLR",), "", "", expires=date(2027, 1, 31)),))
    assert known.expired(date(2027, 1, 31)) == []
    assert known.expired(date(2027, 2, 1)) != []


def test_a_counterexample_that_passes_while_others_fail_is_an_error(tmp_path: Path) -> None:
    session = run_of(tmp_path, {OTHER: "x"}, known=lists(tmp_path, ENTRY).name)
    (error,) = session.run_result.errors
    assert f"EXP-4 of ExponentialLR: {ONE} passes, and 1 other checks fail: take a new counterexample" in error


def test_a_counterexample_that_fails_in_another_way_is_told_and_no_error(tmp_path: Path) -> None:
    session = run_of(tmp_path, {ONE: "error: accepted"}, known=lists(tmp_path, ENTRY).name)
    assert session.run_result.errors == []
    (note,) = session.run_result.notes
    assert f"EXP-4 of ExponentialLR has changed: in {ONE}" in note
    assert "'error: accepted'" in note


def test_a_narrowed_run_misses_no_known_failure(tmp_path: Path) -> None:
    session = run_of(tmp_path, {}, partial="-k", known=lists(tmp_path, ENTRY).name)
    assert session.run_result.errors == []


# ------------------------------------------------------------------------------------------------ how a list is written


def test_a_new_list_is_refused_until_it_is_filled_in_and_forgives_then(tmp_path: Path) -> None:
    failing = {OTHER: "error: accepted", ONE: SEEN, "EXP-2/ExponentialLR/default-gamma": "get_last_lr()[0]: 0.27"}
    session = run_of(tmp_path, failing, write_known="known.toml")
    assert session.run_result.claim == "NOT CONFORMANT"
    assert session.run_result.notes == ["known.toml: 2 entries, 2 of them to be filled in"]

    path = tmp_path / "known.toml"
    with pytest.raises(
        ValueError, match="entry 1, line 3: the reason of EXP-2 of ExponentialLR is to be filled in: TODO"
    ):
        known_failures.read(path)
    text = re.sub('reason = ".*"', 'reason = "Because."', path.read_text(encoding="utf-8"))
    path.write_text(re.sub('link = ".*"', 'link = "https://example.org/2"', text), encoding="utf-8")

    filled_in = run_of(tmp_path, failing, known="known.toml")
    assert (filled_in.run_result.errors, filled_in.run_result.notes) == ([], [])
    assert filled_in.run_result.claim == "NOT CONFORMANT, as known"


@pytest.mark.parametrize(
    ("observed", "short"),
    [
        ("0.300000011921", "0.3"),
        ("1.23456789e-07", "1.235e-07"),
        ("12", "12"),
        ("TypeError: <f at 0x7f3a2b4c5d6e>", "TypeError: <f at 0x…>"),
        ("OSError: /some/where/lib/rates.py:12", "OSError: …/rates.py:12"),
        ("two\n   lines", "two lines"),
        ("x" * 500, "x" * 107 + "…"),
    ],
)
def test_what_was_observed_is_told_as_any_machine_observes_it(observed: str, short: str) -> None:
    assert first_difference(Difference(3, "current_lr", "0.1", observed))[1] == f"current_lr: {short}"


def test_a_list_is_the_same_whatever_came_first(tmp_path: Path) -> None:
    failing = {case.id: "x" for case in entries_of("core")[::40]}
    texts = []
    for seed in (1, 2):
        run_of(tmp_path, failing, seed=seed, write_known=f"{seed}.toml")
        texts.append((tmp_path / f"{seed}.toml").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert texts[0].count("[[failure]]") > 10


def test_what_a_person_wrote_is_kept(tmp_path: Path) -> None:
    path = lists(tmp_path, f"# Of mine.\n{ENTRY}expires = 2999-01-31\n")
    run_of(tmp_path, {ONE: "error: accepted", OTHER: "x"}, write_known=path.name)
    assert path.read_text(encoding="utf-8").startswith("# Of mine.\n")
    (entry,) = known_failures.read(path).entries
    pin = Counterexample(ONE, "error: accepted")  # it comes after the other one, and is kept nevertheless
    expected = (KNOWN.reason, KNOWN.link, KNOWN.reproduction, date(2999, 1, 31), (pin,))
    assert (entry.reason, entry.link, entry.reproduction, entry.expires, entry.counterexamples) == expected


COMMENTED = f"""# What mine does otherwise.
# Two lines of it.

# ------ Exponential

# Wait for release 2.
[[failure]] # of StepLR, too
requirement = "EXP-4" # the domain of gamma
classes = [
    "ExponentialLR", # since 1.0
]
# Until somebody objects:
reason = "It raises TypeError."
link = "https://example.org/1"
counterexamples = [
    # the simplest
    {{check = "{ONE}", observed = "{SEEN}"}}, # on all machines
]
reproduction = '''
[[failure]]
# no comment
'''
# Done.

# ------ Others

# Ask first.
[[failure]]
requirement = "STEP-2"
classes = ["StepLR"]
reason = "No default."
link = "https://example.org/2"
counterexamples = [{{check = "STEP-2/StepLR/default-gamma", observed = "error"}}] # the only check
# The end.
"""


def known_in(directory: Path, text: str) -> KnownFailures:
    return known_failures.read(lists(directory, text))


def test_a_list_in_which_nothing_changed_stays_as_it_was_written(tmp_path: Path) -> None:
    known = known_in(tmp_path, COMMENTED)
    assert list_text(known, COMMENTED) == COMMENTED


def test_comments_before_in_and_after_an_entry_survive_an_update(tmp_path: Path) -> None:
    path = lists(tmp_path, COMMENTED)
    failing = {OTHER: "error: accepted", "STEP-2/StepLR/default-gamma": "x", "EXP-2/ExponentialLR/default-gamma": "y"}
    run_of(tmp_path, failing, write_known=path.name)
    text = (
        COMMENTED.replace(ONE, OTHER).replace(SEEN, "error: accepted").replace('observed = "error"', 'observed = "x"')
    )
    new = path.read_text(encoding="utf-8").removeprefix(text)
    assert new.startswith('\n[[failure]]\nrequirement = "EXP-2"\nclasses = ["ExponentialLR"]\nreason = "TODO: why (')


def test_a_removed_entry_takes_its_own_comments_along_and_leaves_headings(tmp_path: Path) -> None:
    exponential, step = known_in(tmp_path, COMMENTED).entries
    start, heading, rest = COMMENTED.partition("# ------ Others\n")
    header = start.partition("# Wait")[0]
    assert list_text(KnownFailures((step,)), COMMENTED) == header + heading + rest
    assert list_text(KnownFailures((exponential,)), COMMENTED) == start + heading
    assert list_text(KnownFailures(), COMMENTED) == header + heading


@pytest.mark.parametrize("header", ["", "# Mine.\n", "# Mine.\n\n", "# Mine.\n# All of it.\n"])
def test_the_first_comments_of_a_file_are_about_the_file(tmp_path: Path, header: str) -> None:
    """Even directly above the first entry."""
    first, second = (part.strip() + "\n" for part in COMMENTED.split("# ------ ")[1:])
    first, second = first[first.index("[[") :], second[second.index("[[") :]
    known = known_in(tmp_path, f"{header}{first}\n{second}")
    blank = "\n\n" if header else ""
    left = KnownFailures(known.entries[1:])
    assert list_text(left, f"{header}{first}\n{second}") == f"{header.rstrip()}{blank}{second}"


def test_comments_directly_above_an_entry_are_its_own_also_below_another(tmp_path: Path) -> None:
    text = COMMENTED.replace("\n\n# ------ Others\n\n", "\n")
    exponential, step = known_in(tmp_path, text).entries
    assert "# Done.\n# Ask first.\n[[failure]]" in list_text(KnownFailures((step,)), text)
    assert "# Done." not in list_text(KnownFailures((exponential,)), text)


def test_a_class_that_is_removed_takes_its_own_comment_along(tmp_path: Path) -> None:
    entry = KnownFailure(
        ("SCH-6",),
        ("StepLR", "ExponentialLR"),
        "r",
        "l",
        "",
        tuple(Counterexample(f"SCH-6/{name}/minus-one", "3") for name in ("StepLR", "ExponentialLR")),
    )
    text = (
        list_text(KnownFailures((entry,)))
        .replace('["StepLR", "Exp', '[\n    "StepLR", # one\n    "Exp')
        .replace('LR"]', 'LR", # two\n]')
    )
    text = text.replace("},\n    {", "}, # one\n    {").replace("},\n]", "}, # two\n]")
    left = replace(entry, classes=entry.classes[1:], counterexamples=entry.counterexamples[1:])
    after = list_text(KnownFailures((left,)), text)
    assert known_in(tmp_path, after).entries == (left,)
    assert (after.count("# one"), after.count("# two")) == (0, 2)


def test_a_list_in_another_layout_of_toml_is_updated_too(tmp_path: Path) -> None:
    fields = [line for line in ENTRY.splitlines() if " = " in line]
    text = f"# Mine.\nfailure = [{{{', '.join(fields)}}}]\n"
    known = known_in(tmp_path, text)
    assert known.entries == (KNOWN,)
    after = list_text(known, text)
    assert after.startswith("# Mine.\n")
    assert known_in(tmp_path, after) == known


def test_a_counterexample_that_passes_is_replaced(tmp_path: Path) -> None:
    path = lists(tmp_path, ENTRY)
    run_of(tmp_path, {OTHER: "x"}, write_known=path.name)
    (entry,) = known_failures.read(path).entries
    assert entry.counterexamples == (Counterexample(OTHER, "x"),)


def test_what_passes_is_taken_off_by_a_whole_run_alone(tmp_path: Path) -> None:
    path = lists(tmp_path, ENTRY)
    assert run_of(tmp_path, {}, partial="-k", write_known=path.name).run_result.errors == []
    assert known_failures.read(path).entries == (KNOWN,)
    whole = run_of(tmp_path, {}, write_known=path.name)
    assert known_failures.read(path).entries == ()
    assert whole.run_result.notes == [
        "known.toml: 0 entries, 0 of them to be filled in, EXP-4 of ExponentialLR removed"
    ]


@pytest.mark.parametrize("end", [None, Result.ERROR])
def test_a_run_that_breaks_off_keeps_what_it_did_not_judge(tmp_path: Path, end: Result | None) -> None:
    path = lists(tmp_path, ENTRY)
    broken = run_of(tmp_path, {}, ended={ONE: end}, write_known=path.name)
    assert broken.run_result.claim == "ERROR"
    assert known_failures.read(path).entries == (KNOWN,)


def test_one_list_is_read_and_another_written_by_no_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be the same file"):
        run_of(tmp_path, {}, known="a.toml", write_known="b.toml")


def test_many_classes_stand_on_filled_lines(tmp_path: Path) -> None:
    shown = [entry.id for entry in entries() if entry.requirement == "SCH-6"]
    checks = [id_ for id_ in shown if id_.endswith("minus-one")]
    names = tuple(check.split("/")[1] for check in checks)
    entry = KnownFailure(("SCH-6",), names, "r", "l", "", tuple(Counterexample(check, "3") for check in checks))
    text = list_text(KnownFailures((entry,)))
    assert known_in(tmp_path, text).entries == (entry,)
    assert max(map(len, text.splitlines())) <= 120
    assert f'classes = [\n    "{names[0]}", "{names[1]}", "' in text
    assert text.count("\n") < len(names) + len(checks)


def test_entries_with_one_reason_become_as_few_as_can_be(tmp_path: Path) -> None:
    apart = (
        replace(KNOWN, requirements=("SCH-6",), counterexamples=(MINUS_ONE["ExponentialLR"],), reproduction=""),
        replace(KNOWN, requirements=("STEP-2",), classes=("StepLR",), counterexamples=(STEP,), reproduction=""),
        replace(KNOWN, requirements=("SCH-6",), classes=("StepLR",), counterexamples=(MINUS_ONE["StepLR"],)),
        replace(KNOWN, requirements=("EXP-2",), counterexamples=(DEFAULT,), reproduction=""),
    )
    (whole,) = joined(apart)
    assert (whole.requirements, whole.classes) == (("SCH-6", "EXP-2", "STEP-2"), ("ExponentialLR", "StepLR"))
    assert (whole.counterexamples, whole.reproduction) == (apart[0].counterexamples, KNOWN.reproduction)
    text = list_text(KnownFailures((whole,)), list_text(KnownFailures(apart)))
    assert known_in(tmp_path, text).entries == (whole,)


def test_entries_that_say_something_else_or_show_it_twice_stay_apart() -> None:
    one = replace(KNOWN, requirements=("SCH-6",), counterexamples=(MINUS_ONE["ExponentialLR"],))
    other = replace(one, classes=("StepLR",), counterexamples=(MINUS_ONE["StepLR"],))
    assert joined([one, other]) == [one, other]
    assert len(joined([one, replace(other, reproduction="")])) == 1
    for change in ({"reason": "Another."}, {"link": "https://example.org/3"}, {"expires": date(2999, 1, 31)}):
        changed = replace(other, reproduction="", **change)
        assert joined([one, changed]) == [one, changed]


def test_a_link_above_the_entries_is_that_of_those_that_have_none(tmp_path: Path) -> None:
    text = '# Of mine.\nlink = "https://example.org"\n' + re.sub('link = ".*"\n', "", ENTRY)
    own = replace(KNOWN, link="https://example.org")
    assert known_in(tmp_path, text).entries == (own,)
    assert list_text(KnownFailures((own,)), text) == text
    alike = replace(own, requirements=("EXP-2",), counterexamples=(DEFAULT,))
    apart = replace(alike, requirements=("STEP-2",), classes=("StepLR",), counterexamples=(STEP,), link="TODO: where")
    written = list_text(KnownFailures((own, alike, apart)), text)
    assert re.findall('^link = "(.*)"', written, re.MULTILINE) == ["https://example.org", "TODO: where"]
    assert known_failures.read(lists(tmp_path, written), unfinished=True).entries == (own, alike, apart)


@pytest.mark.parametrize("text", ['say "no"', "C:\\path", "two\nlines", "η → 0", "it's '''so'''", "\x7f\x01"])
def test_any_text_is_read_as_it_was_written(tmp_path: Path, text: str) -> None:
    entry = KnownFailure(("EXP-4",), ("ExponentialLR",), text, text, text, (Counterexample(ONE, text),))
    assert known_failures.read(lists(tmp_path, list_text(KnownFailures((entry,))))).entries == (entry,)


@pytest.mark.parametrize("path", sorted(LISTS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_committed_list_is_written_as_the_kit_writes_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list_text(known_failures.read(path), text) == text
