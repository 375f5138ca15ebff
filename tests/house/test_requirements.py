"""Every requirement has a check, and every check a requirement."""

import re

import pytest
from optimspec_conformance import specification
from optimspec_conformance.cases import committed
from optimspec_conformance.classes.catalogue import DEFINITIONS
from source import CLASSES, KIT, ROOT, read


def test_every_requirement_has_a_check_and_every_check_a_requirement() -> None:
    ids = set(specification.requirements())
    assert {case.requirement for case in committed.cases()} == {id_ for id_ in ids if "@" not in id_}


def test_every_requirement_of_a_convention_is_in_the_place_of_one_that_is_checked() -> None:
    in_place = {
        one.requirement(id_)
        for name, definition in DEFINITIONS.items()
        for one in definition.conventions
        for id_ in (*one.replaces, *one.withdraws)
        if any(case.requirement == id_ and case.subject == name for case in committed.cases())
    }
    assert in_place == {id_ for id_ in specification.requirements() if "@" in id_}


def test_every_check_is_about_a_class_of_the_specification() -> None:
    assert {case.subject for case in committed.cases()} == set(DEFINITIONS)


def test_every_check_is_in_an_area_that_runs_it() -> None:
    assert {case.area for case in committed.cases()} <= set(committed.AREAS)
    assert [area for area in committed.AREAS if not (KIT / "cases" / "areas" / f"{area}.py").is_file()] == []


def test_no_two_checks_share_an_id() -> None:
    ids = [case.id for case in committed.cases()]
    assert sorted(id_ for id_ in set(ids) if ids.count(id_) > 1) == []


def test_the_id_of_a_check_tells_its_requirement_and_its_class() -> None:
    other = [case for case in committed.cases() if not case.id.startswith(f"{case.requirement}/{case.subject}/")]
    assert other == []


def test_the_first_page_lists_the_classes_of_each_profile() -> None:
    _, _, listed = read(ROOT / "spec" / "index.md").partition("\n## Which classes\n")
    core, *others = re.split(r"\*(core|extended|field)\*", listed)
    tables = dict(zip(others[::2], others[1::2], strict=True)) | {"core": core}
    for profile in committed.PROFILES:
        assert sorted(re.findall(r"`(\w+)`", tables[profile])) == sorted(
            n for n, m in DEFINITIONS.items() if m.profile == profile
        )


@pytest.mark.parametrize("name", CLASSES)
def test_a_page_names_the_profile_if_it_is_not_core(name: str) -> None:
    page = read(ROOT / "spec" / f"{name}.md")
    (profile,) = re.findall(r" Profile: \*(\w+)\*\.\n", page) or ["core"]
    assert DEFINITIONS[page.split()[1]].profile == profile


NESTING = {"CMP-4", "SEQ-11"}  # which schedulers go together is no form of an argument
STATES = ("save", "load", "tamper", "scribble", "intact")


def test_what_is_accepted_or_refused_is_of_the_tier_refusals() -> None:
    words = re.compile(r"MUST (?:raise|accept|be accepted|be refused)|refused \w+ MUST")
    own = [r for r in specification.requirements().values() if "@" not in r.id]  # others have that of what they replace
    found = {r.id for r in own if words.search(r.sentence)} - NESTING
    assert {specification.requirements()[id_].tier for id_ in found} == {"refusals"}


def test_a_case_has_the_tier_of_its_requirement() -> None:
    tiers = {id_: requirement.tier for id_, requirement in specification.requirements().items()}
    assert [case.id for case in committed.cases() if case.tier != tiers[case.requirement]] == []


def test_no_check_of_values_needs_a_state_or_a_refusal() -> None:
    for case in committed.cases():
        rows = [row for scenario in (case.scenario, case.other or {"do": []}) for row in scenario["do"]]
        kinds = {row["op"].rpartition(".")[2] for row in rows}
        refused = any("error" in row for row in case.trace or [])
        assert case.tier != "values" or not (refused or kinds & set(STATES)), case.id
        shown = {specification.requirements()[row["by"]].tier for row in case.trace or [] if "by" in row}
        assert case.tier != "values" or shown <= {"values"}, case.id
