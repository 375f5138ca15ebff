"""Fifty steps beside PyTorch's, where it means the same: all rules but Lion's; groups, pauses, clipping.

SGD-1 to SGD-5, MOM-1 to MOM-3, NEST-1 to NEST-3, ADAM-1 to ADAM-3, ADAMW-1 to ADAMW-4, ADAD-1 to ADAD-4, NADAM-1 to
NADAM-3 and RPROP-1 to RPROP-5; without an epsilon ADAG-1 to ADAG-3, ADAMAX-1 to ADAMAX-3, RADAM-1 to RADAM-3 and RMS-1
to RMS-4; OPT-10, OPT-30, OPT-31, OPT-33, OPT-34, OPT-37 and OPT-39. The errata tell where it differs: the epsilon of
these four, amsgrad, and Rprop while its rate moves.
"""

from collections.abc import Iterator
from typing import Any, Final

import optimspec
import pytest
from library_runs import (
    LR,
    STEPS,
    Weights,
    assert_same,
    gradients,
    label,
    precisions,
    rates,
    start,
    steady_and_moving,
    trained,
)
from reference_cases import new_chain

THEIRS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "Momentum": ("SGD", {}),
    "MomentumNesterov": ("SGD", {"nesterov": True}),
    "Nadam": ("NAdam", {}),
}
DECAYED: Final[list[tuple[str, dict[str, Any]]]] = [
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Momentum", {"momentum": 0.8, "weight_decay": 0.1}),
    ("MomentumNesterov", {"momentum": 0.8, "weight_decay": 0.1}),
    ("Adam", {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adadelta", {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
    ("Nadam", {"betas": (0.8, 0.99), "eps": 1e-3, "momentum_decay": 0.3, "weight_decay": 0.1}),
    ("Adagrad", {"eps": 0.0, "lr_decay": 0.1, "initial_accumulator_value": 0.3, "weight_decay": 0.1}),
    ("Adamax", {"eps": 0.0, "betas": (0.8, 0.99), "weight_decay": 0.1}),
    ("RAdam", {"eps": 0.0, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RMSprop", {"eps": 0.0, "alpha": 0.9, "momentum": 0.8, "weight_decay": 0.1}),
]
every_decayed = pytest.mark.parametrize(("name", "hyper"), DECAYED, ids=label)


@pytest.fixture
def torch() -> Iterator[Any]:
    """In float64: its NAdam keeps a product of scalars in the default dtype, ours in that of the weight."""
    library = pytest.importorskip("torch")
    default = library.get_default_dtype()
    library.set_default_dtype(library.float64)
    yield library
    library.set_default_dtype(default)


def optimizer_of_torch(torch: Any, name: str, weights: Any, **hyper: Any) -> Any:
    theirs, more = THEIRS.get(name, (name, {}))
    return getattr(torch.optim, theirs)(weights, lr=LR, **hyper, **more)


def detached(tensors: dict[str, Any]) -> Weights:
    return {key: tensor.detach().numpy() for key, tensor in tensors.items()}


def trained_by_torch(torch: Any, name: str, hyper: dict[str, Any], moving: bool, dtype: str) -> Weights:
    tensors = {key: torch.tensor(weight, requires_grad=True) for key, weight in start(dtype).items()}
    optimizer = optimizer_of_torch(torch, name, list(tensors.values()), **hyper)
    for k, rate in enumerate(rates(moving)):
        optimizer.param_groups[0]["lr"] = rate
        for key, gradient in gradients(k, detached(tensors)).items():
            tensors[key].grad = torch.tensor(gradient)
        optimizer.step()
    return detached(tensors)


@steady_and_moving
@pytest.mark.parametrize(
    ("name", "hyper"),
    [
        ("SGD", {}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("SGD", {"weight_decay": 0.1}),
        ("Adam", {}),
        ("AdamW", {}),
        ("Adadelta", {}),
        ("Nadam", {}),
        ("Adagrad", {"eps": 0.0}),
        ("Adamax", {"eps": 0.0}),
        ("RAdam", {"eps": 0.0}),
        ("RMSprop", {"eps": 0.0}),
        *DECAYED,
    ],
    ids=label,
)
def test_steps_as_torch_steps(
    torch: Any, name: str, hyper: dict[str, Any], moving: bool, dtype: str, tolerance: float
) -> None:
    ours = trained(lambda lr: getattr(optimspec, name)(lr, **hyper), moving, dtype)
    assert_same(ours, trained_by_torch(torch, name, hyper, moving, dtype), tolerance)


@precisions
@pytest.mark.parametrize("hyper", [{}, {"etas": (0.4, 1.7), "step_sizes": (0.003, 0.08)}], ids=label)
def test_rprop_steps_as_torchs_while_the_rate_stays(
    torch: Any, hyper: dict[str, Any], dtype: str, tolerance: float
) -> None:
    ours = trained(lambda lr: optimspec.Rprop(lr, **hyper), False, dtype)
    assert_same(ours, trained_by_torch(torch, "Rprop", hyper, False, dtype), tolerance)


@pytest.mark.parametrize("moving", [False, True], ids=["steady", "moving"])
def test_a_centred_rmsprop_steps_as_torchs(torch: Any, moving: bool) -> None:
    """In float64: without an epsilon E − ḡ² cancels in float32."""
    hyper: dict[str, Any] = {"eps": 0.0, "alpha": 0.9, "momentum": 0.8, "centered": True, "weight_decay": 0.1}
    ours = trained(lambda lr: optimspec.RMSprop(lr, **hyper), moving, "float64")
    assert_same(ours, trained_by_torch(torch, "RMSprop", hyper, moving, "float64"), 1e-12)


@every_decayed
def test_groups_step_as_torchs_groups_and_weights_pause_as_torchs_do(
    torch: Any, name: str, hyper: dict[str, Any]
) -> None:
    """Two groups, each with a rate and a decay; in every third step the vector has no gradient, and k stands still."""
    first, second = ("scalar", "vector"), ("matrix", "cube")
    states = {key: optimspec.ParamState(weight) for key, weight in start("float64").items()}
    scheduler = new_chain(LR)
    optimizer = getattr(optimspec, name)(scheduler, **hyper)
    optimizer.register_trainable_weights({key: states[key] for key in first})
    optimizer.add_param_group({key: states[key] for key in second}, lr=0.03, weight_decay=0.2)

    tensors = {key: torch.tensor(weight, requires_grad=True) for key, weight in start("float64").items()}
    groups = [{"params": [tensors[key] for key in first]}, {"params": [tensors[key] for key in second]}]
    theirs = optimizer_of_torch(torch, name, groups, **hyper)
    theirs.param_groups[1]["weight_decay"] = 0.2

    for k in range(STEPS):
        resting = {"vector"} if k % 3 == 1 else set()
        optimizer.step(gradients(k, {key: state.value for key, state in states.items() if key not in resting}))
        for group, base_lr in zip(theirs.param_groups, [LR, 0.03], strict=True):
            group["lr"] = new_chain(base_lr).lr_at(k)
        for key, gradient in gradients(k, detached(tensors)).items():
            tensors[key].grad = None if key in resting else torch.tensor(gradient)
        theirs.step()
        scheduler.step()

    assert_same({key: state.value for key, state in states.items()}, detached(tensors), 1e-12)


def test_values_are_clipped_as_torch_clips_them(torch: Any) -> None:
    ours = trained(lambda lr: optimspec.SGD(lr, momentum=0.9, weight_decay=0.1, grad_clip_value=0.4), True, "float64")

    tensors = {key: torch.tensor(weight, requires_grad=True) for key, weight in start("float64").items()}
    optimizer = torch.optim.SGD(tensors.values(), lr=LR, momentum=0.9, weight_decay=0.1)
    for k, rate in enumerate(rates(moving=True)):
        optimizer.param_groups[0]["lr"] = rate
        for key, gradient in gradients(k, detached(tensors)).items():
            tensors[key].grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_value_(tensors.values(), 0.4)
        optimizer.step()

    assert_same(ours, detached(tensors), 1e-12)
