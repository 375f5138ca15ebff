"""A schedule is read as data: Python that is never executed, or a scenario in JSON."""

import json
from pathlib import Path

import pytest
from optimspec_conformance.logs.errors import LogError
from optimspec_conformance.logs.spec import explorer, parse, python

SEQUENCE = (
    "SequentialLR([LinearLR(start_factor=0.1, total_iters=500), CosineAnnealingLR(base_lr=0.0003, T_max=9500)], "
    "milestones=[500])"
)
CONFIG = {
    "class": "SequentialLR",
    "schedulers": [
        {"class": "LinearLR", "start_factor": "0.1", "total_iters": 500},
        {"class": "CosineAnnealingLR", "base_lr": "0.0003", "T_max": 9500},
    ],
    "milestones": [500],
}


@pytest.mark.parametrize("text", [SEQUENCE, json.dumps(CONFIG), json.dumps({"scheduler": CONFIG, "do": []})])
def test_python_and_json_say_the_same(text: str) -> None:
    assert parse(text) == CONFIG


@pytest.mark.parametrize(
    "text",
    [
        SEQUENCE,
        "StepLR(base_lr=[0.1, 0.2], step_size=3, gamma=0.5)",
        "OneCycleLR(max_lr=0.1, total_steps=10, anneal_strategy='linear')",
        "ExponentialDecayLR(base_lr=0.1, decay_steps=3, decay_rate=0.5, staircase=True, end_value=None)",
        "ChainedScheduler([ExponentialLR(base_lr=0.1, gamma=0.9), ConstantLR(factor=0.5, total_iters=2)])",
    ],
)
def test_what_is_written_is_read_again(text: str) -> None:
    assert python(parse(text)) == text


def test_names_may_be_qualified() -> None:
    assert parse("optimspec.ExponentialLR(base_lr=0.1, gamma=0.9)")["class"] == "ExponentialLR"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open('spoilt', 'w')", "there is no scheduler open"),
        ("StepLR(base_lr=0.1, step_size=3, gamma=__import__('os').system('touch spoilt'))", "no scheduler system"),
        ("StepLR(base_lr=rate, step_size=3)", "“rate” is no number, text, list or class"),
        ("StepLR(base_lr=0.1, step_size=3", "no Python expression"),
        ("3e-4", "must be the call of a class"),
        ("SteLR(base_lr=0.1)", "there is no scheduler SteLR; did you mean StepLR?"),
        ("StepLR(base_lr=0.1, stepsize=3)", "StepLR has no argument stepsize; did you mean step_size?"),
        ("StepLR(optimizer, step_size=3)", "write every argument with its name"),
        ("StepLR(base_lr=0.1, step_size=0)", "StepLR: step_size cannot be 0"),
        ("SequentialLR([LinearLR(base_lr=-1.0)], milestones=[])", "LinearLR: base_lr cannot be -1.0"),
        ("OneCycleLR(max_lr=0.1)", "OneCycleLR: total_steps is missing"),
        ("SequentialLR([], milestones=[])", "SequentialLR: schedulers cannot be []"),
        ("SequentialLR([LinearLR()])", "SequentialLR: milestones is missing"),
        ('{"class": "StepLR", ', "no JSON"),
        ('{"do": []}', "has no scheduler"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LogError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []  # nothing was executed


def test_the_explorer_gets_a_link() -> None:
    assert explorer(CONFIG) == (
        "#a=SequentialLR&a.milestones=500&a.0=LinearLR&a.0.start_factor=0.1&a.0.total_iters=500"
        "&a.1=CosineAnnealingLR&a.1.base_lr=0.0003&a.1.T_max=9500"
    )
