"""What trainers make of a schedule: the rates that each was seen to give, at t = 0, 1, 2, …"""

import numpy as np
import pytest
from optimspec_conformance.logs.conventions import named, readings
from optimspec_conformance.logs.curve import Curve
from optimspec_conformance.logs.errors import LogError
from optimspec_conformance.logs.spec import parse

COSINE = "WarmupCosineSchedule(base_lr=1.0, warmup_steps={}, total_steps=10)"
SHORT, LONG = COSINE.format(2), COSINE.format(4)
SEQUENCE = (
    "SequentialLR([LinearLR(base_lr=1.0, start_factor=0.0, total_iters={}), CosineAnnealingLR(T_max={})], "
    "milestones=[{}])"
)
LINE = (
    "SequentialLR([LinearLR(base_lr=1.0, start_factor=0.0, total_iters=4), "
    "LinearLR(start_factor=1.0, end_factor=0.0, total_iters=6)], milestones=[4])"
)
FALL = [0.9619, 0.8536, 0.6913, 0.5, 0.3087, 0.1464, 0.0381, 0.0]
RISE = [0.0381, 0.1464, 0.3087]
SEEN = [  # timm 1.0.31, transformers 5.24.0, torchtitan b5bcd76, DeepSpeed edaa722
    (SHORT, "timm", [0, 0.5, 0.9045, 0.7939, 0.6545, 0.5, 0.3455, 0.2061, 0.0955, 0.0245, 0, 0]),
    (SHORT, "transformers", [0, 0.5, 1, *FALL, *RISE]),
    (SHORT, "transformers-min-lr", [0.5, 1, *FALL, *RISE]),
    (SHORT, "torchtitan", [0.5, 1, 1, *FALL, *RISE]),
    (SHORT, "deepspeed-linear", [0, 0, 0.5, *FALL[:-1], 0, 0]),
    (SHORT, "deepspeed", [0, 0, 1, *FALL[:-1], 0, 0]),
    (LONG, "deepspeed", [0, 0, 0.5, 0.7925, 1]),
    (LINE, "torchtitan", [0.25, 0.5, 0.75, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0, -1 / 6, -2 / 6, -3 / 6]),
    (LINE, "deepspeed-linear", [0, 0, 0.25, 0.5, 0.75, 1, 5 / 6]),
    (LINE, "deepspeed", [0, 0, 0.5, 0.7925, 1, 1, 5 / 6]),
    (SEQUENCE.format(2, 10, 2), "timm", [0, 0.5, 0.9045, 0.7939, 0.6545, 0.5, 0.3455, 0.2061, 0.0955, 0.0245, 0, 0]),
    (SEQUENCE.format(2, 8, 2), "transformers", [0, 0.5, 1, *FALL, *RISE]),
    (SEQUENCE.format(2, 8, 2), "torch", [0, 0.5, 1, *FALL, *RISE]),
    ("MultiStepLR(base_lr=1.0, milestones=[4, 6], gamma=0.1)", "timm", [1, 1, 1, 0.1, 0.1, 0.01, 0.01]),
]


@pytest.mark.parametrize(("spec", "name", "seen"), SEEN, ids=[f"{spec[:24]}-{name}" for spec, name, _ in SEEN])
def test_a_convention_gives_the_rates_that_were_seen(spec: str, name: str, seen: list[float]) -> None:
    config, times = parse(spec), np.arange(len(seen))
    curve = Curve(config, 0, named(config, name))
    np.testing.assert_allclose(curve(times), seen, atol=5e-5)
    np.testing.assert_allclose(curve.exact(times), seen, atol=5e-5)
    assert not np.allclose(Curve(config)(np.arange(14)), curve(np.arange(14)))


def test_every_convention_of_a_trainer_was_seen() -> None:
    offered = {convention.name for spec in (SHORT, LINE) for convention in readings(parse(spec))} - {"torch"}
    assert offered == {name for _, name, _ in SEEN} - {"torch"}


def test_a_rest_of_more_members_keeps_its_milestones() -> None:
    config = parse(
        "SequentialLR([LinearLR(base_lr=1.0, start_factor=0.5, total_iters=4), ConstantLR(factor=1.0, total_iters=0), "
        "LinearLR(start_factor=1.0, end_factor=0.0, total_iters=4)], milestones=[4, 8])"
    )
    rates = Curve(config, 0, named(config, "torchtitan"))(np.arange(13))
    np.testing.assert_allclose(rates, [0.625, 0.75, 0.875, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0])


def test_each_group_has_its_base_rate() -> None:
    config = parse(COSINE.format(2).replace("1.0", "[1.0, 0.1]"))
    for convention in readings(config):
        first, second = (Curve(config, group, convention)(np.arange(12)) for group in (0, 1))
        np.testing.assert_allclose(second, first / 10, atol=1e-17)


def test_a_convention_that_no_class_has_is_refused() -> None:
    with pytest.raises(LogError, match=r"convention tim: they have deepspeed, .*; did you mean timm\?"):
        named(parse(SHORT), "tim")
    with pytest.raises(LogError, match="they have none"):
        named(parse("StepLR(base_lr=0.1, step_size=30)"), "timm")
    assert list(readings(parse("StepLR(base_lr=0.1, step_size=30)"))) == []
