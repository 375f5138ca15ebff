"""The oracle's optimizers against the installed PyTorch: the same weights where the rules are, else what errata say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from optimspec_conformance.scenarios.values import Json, Scenario
from optimspec_conformance.scenarios.weights import MATRIX, SCALAR, VECTOR, optimizer_steps
from trained import (
    STEPS,
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients,
    gradients_of_each_step,
    made,
    of_shape,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

torch: Any = pytest.importorskip("torch")

TRUE, FALSE = {"bool": True}, {"bool": False}


@pytest.fixture(autouse=True)
def scalars_in_float64() -> Iterator[None]:
    """PyTorch keeps NAdam's product in its default dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


NAMES = {"Momentum": "SGD", "MomentumNesterov": "SGD", "Nadam": "NAdam"}


def same_arguments(scenario: Scenario, weights: list[Any], lr: float) -> Any:
    name = scenario["optimizer"]["class"]
    nesterov = {"nesterov": True} if name == "MomentumNesterov" else {}
    return getattr(torch.optim, NAMES.get(name, name))(weights, lr=lr, **arguments(scenario), **nesterov)


def of_torch(scenario: Scenario, build: Callable[..., Any] = same_arguments) -> list[Arrays]:
    """The weights after each step of what ``build`` makes of the scenario, the weights and the first rate."""
    tensors = {key: torch.nn.Parameter(torch.tensor(w)) for key, w in starting_weights(scenario).items()}
    lrs = rates(scenario)
    optimizer = build(scenario, list(tensors.values()), lrs[0])
    scale = optimizer.param_groups[0]["lr"] / lrs[0]
    stepped = []
    for lr, grads in zip(lrs, gradients_of_each_step(scenario), strict=True):
        optimizer.param_groups[0]["lr"] = scale * lr
        for key, gradient in grads.items():
            tensors[key].grad = torch.tensor(gradient)
        optimizer.step(lambda: 0.0)
        stepped.append({key: tensor.detach().numpy().copy() for key, tensor in tensors.items()})
    return stepped


SAME: list[tuple[str, dict[str, Json]]] = [
    ("SGD", {"momentum": "0.0", "nesterov": FALSE}),
    ("SGD", {"momentum": "0.8", "nesterov": FALSE}),
    ("SGD", {"momentum": "0.8", "nesterov": FALSE, "weight_decay": "0.2"}),
    ("SGD", {"momentum": "0.8", "nesterov": TRUE}),
    ("SGD", {"momentum": "0.95", "nesterov": TRUE, "weight_decay": "0.2"}),
    ("Momentum", {"weight_decay": "0.1"}),
    ("MomentumNesterov", {"weight_decay": "0.1"}),
    ("Adam", {"amsgrad": FALSE}),
    ("Adam", {"amsgrad": FALSE, "eps": "0.3", "weight_decay": "0.2"}),
    ("Adam", {"amsgrad": FALSE, "betas": ["0.9", "0.999"], "eps": "1e-08"}),
    ("AdamW", {"weight_decay": "0.3"}),
    ("AdamW", {"eps": "0.3", "weight_decay": "0.0"}),
    ("AdamW", {"betas": ["0.9", "0.999"], "eps": "1e-08", "weight_decay": "1.5"}),
    ("Adadelta", {"lr": "1.0"}),
    ("Adadelta", {"rho": "0.99", "eps": "0.3", "weight_decay": "0.2"}),
    ("Nadam", {}),
    ("Nadam", {"momentum_decay": "0.0", "eps": "0.3"}),
    ("Nadam", {"betas": ["0.9", "0.999"], "momentum_decay": "0.3", "weight_decay": "0.2"}),
]


def id_of(value: Any) -> str:
    if isinstance(value, dict):
        return "-".join(f"{name}-{given}" for name, given in value.items()) or "example"
    return str(value)


@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling"])
@pytest.mark.parametrize(("name", "hyper"), SAME, ids=id_of)
def test_an_optimizer_of_the_same_rule_has_pytorchs_weights(name: str, hyper: dict[str, Json], falling: bool) -> None:
    scenario = under_a_falling_rate(made(name, **hyper)) if falling else made(name, **hyper)
    assert_same(of_the_oracle(scenario), of_torch(scenario))


@pytest.mark.parametrize("hyper", [{}, {"etas": ["0.4", "1.7"], "step_sizes": ["0.03", "0.08"]}], ids=id_of)
def test_rprop_has_pytorchs_weights_while_the_rate_stays(hyper: dict[str, Json]) -> None:
    scenario = made("Rprop", **hyper)
    assert_same(of_the_oracle(scenario), of_torch(scenario))


def test_pytorch_uses_rprops_rate_as_the_first_step_size_and_never_again() -> None:
    steady = made("Rprop")
    falling = under_a_falling_rate(steady)
    assert_same(of_torch(falling), of_torch(steady))
    assert apart(of_the_oracle(falling), of_the_oracle(steady))


def test_pytorch_limits_rprops_first_step() -> None:
    limited, free = made("Rprop", step_sizes=["0.1", "2.0"]), made("Rprop", "0.1", step_sizes=["0.1", "2.0"])
    assert_same(of_torch(limited), of_torch(free))
    assert apart(of_the_oracle(limited), of_the_oracle(free))


WITHOUT_EPSILON: list[tuple[str, dict[str, Json]]] = [
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": "2.0", "initial_accumulator_value": "0.7", "weight_decay": "0.2"}),
    ("Adamax", {}),
    ("Adamax", {"betas": ["0.95", "0.6"], "weight_decay": "0.2"}),
    ("RAdam", {}),
    ("RAdam", {"betas": ["0.9", "0.999"], "weight_decay": "0.2"}),
    ("RMSprop", {"momentum": "0.0", "centered": FALSE}),
    ("RMSprop", {"momentum": "0.7", "centered": TRUE, "weight_decay": "0.2"}),
]


@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling"])
@pytest.mark.parametrize(("name", "hyper"), WITHOUT_EPSILON, ids=id_of)
def test_without_an_epsilon_it_does_not_matter_where_it_is(name: str, hyper: dict[str, Json], falling: bool) -> None:
    scenario = made(name, eps="0.0", **hyper) | {"do": gradients(dense=True)}
    scenario = under_a_falling_rate(scenario) if falling else scenario
    assert_same(of_the_oracle(scenario), of_torch(scenario))


CONVENTIONS: list[tuple[str, dict[str, Json]]] = [
    ("Adagrad", {"eps": "0.3"}),
    ("Adagrad", {"eps": "0.01", "lr_decay": "0.0", "initial_accumulator_value": "0.0"}),
    ("Adamax", {"eps": "0.3"}),
    ("Adamax", {"eps": "0.01", "weight_decay": "0.2"}),
    ("RAdam", {"eps": "0.3"}),
    ("RAdam", {"betas": ["0.9", "0.999"], "eps": "0.01", "weight_decay": "0.2"}),
    ("RMSprop", {"eps": "0.3", "centered": FALSE}),
    ("RMSprop", {"eps": "0.01", "momentum": "0.7", "centered": TRUE, "weight_decay": "0.2"}),
    ("Adam", {"amsgrad": TRUE}),
    ("Adam", {"amsgrad": TRUE, "betas": ["0.9", "0.999"], "eps": "0.3", "weight_decay": "0.2"}),
]


@pytest.mark.parametrize("falling", [False, True], ids=["steady", "falling"])
@pytest.mark.parametrize(("name", "hyper"), CONVENTIONS, ids=id_of)
def test_the_convention_torch_has_pytorchs_weights(name: str, hyper: dict[str, Json], falling: bool) -> None:
    scenario = under_a_falling_rate(made(name, **hyper)) if falling else made(name, **hyper)
    theirs = of_torch(scenario)
    assert_same(of_the_oracle(scenario, "torch"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


ONE_RATE: list[dict[str, Json]] = [{}, {"etas": ["0.4", "1.7"], "step_sizes": ["0.1", "0.3"]}]


@pytest.mark.parametrize("hyper", ONE_RATE, ids=id_of)
def test_the_convention_torch_has_the_weights_of_rprop_whose_rate_acts_once(hyper: dict[str, Json]) -> None:
    scenario = under_a_falling_rate(made("Rprop", **hyper))
    theirs = of_torch(scenario)
    assert_same(of_the_oracle(scenario, "torch"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


def relative_steps(scenario: Scenario, weights: list[Any], lr: float) -> Any:
    """PyTorch's rate is the bound of a relative step, 0.01 by default; its first epsilon is another one."""
    given = arguments(scenario)
    eps, threshold, decay_rate = given["eps"][1], given["clip_threshold"], given["decay_rate"]
    decay = given.get("weight_decay", 0.0)
    return torch.optim.Adafactor(
        weights, lr=0.01 * lr, beta2_decay=-decay_rate, eps=(0.0, eps), d=threshold, weight_decay=decay
    )


def adafactor(**hyper: Json) -> Scenario:
    return made("Adafactor", **{"lr": None, "beta1": None, "eps": ["0.0", "0.001"], "clip_threshold": "1.0"} | hyper)


@pytest.mark.parametrize(
    "hyper", [{}, {"eps": ["0.0", "1.5"], "decay_rate": "0.8", "clip_threshold": "1.1"}], ids=id_of
)
def test_adafactor_has_pytorchs_weights_where_no_rate_is_given(hyper: dict[str, Json]) -> None:
    two_axes_at_most = optimizer_steps(STEPS, dense=True, keys=[SCALAR, VECTOR, MATRIX], dtype="float64")
    scenario = adafactor(**hyper) | {"do": two_axes_at_most}
    assert_same(of_the_oracle(scenario), of_torch(scenario, relative_steps))


def test_pytorchs_adafactor_decays_by_its_rate_and_not_by_the_relative_step() -> None:
    scenario = adafactor(weight_decay="0.7") | {"do": gradients(dense=True)}
    assert apart(of_the_oracle(scenario), of_torch(scenario, relative_steps))


@pytest.mark.parametrize(("shape", "differs"), [([2, 3, 4], False), ([4, 2, 3], True)], ids=str)
def test_pytorchs_adafactor_is_factored_over_the_last_two_axes(shape: list[int], differs: bool) -> None:
    scenario = of_shape(adafactor(), shape)
    ours, theirs = of_the_oracle(scenario), of_torch(scenario, relative_steps)
    if differs:
        assert apart(ours, theirs)
    else:
        assert_same(ours, theirs)


def one_iteration(scenario: Scenario, weights: list[Any], lr: float) -> Any:
    size = arguments(scenario)["memory_size"]
    return torch.optim.LBFGS(weights, lr=lr, max_iter=1, history_size=size, tolerance_grad=0.0, tolerance_change=0.0)


@pytest.mark.parametrize("memory_size", [1, 2, 10])
def test_lbfgs_has_pytorchs_weights_while_gradients_are_small_and_pairs_rise(memory_size: int) -> None:
    """PyTorch divides a first step by the sum of absolute values where that is more than 1."""
    small = made("LBFGS", "1.0", memory_size=memory_size) | {"do": gradients(smooth=True, scale=0.1)}
    large = small | {"do": gradients(smooth=True)}
    assert_same(of_the_oracle(small), of_torch(small, one_iteration))
    assert apart(of_the_oracle(large), of_torch(large, one_iteration))


@pytest.mark.parametrize("memory_size", [1, 2, 10])
def test_the_convention_torch_has_the_weights_of_lbfgs_without_a_line_search(memory_size: int) -> None:
    """Also where pairs fall, as those of gradients do that have nothing to do with each other."""
    smooth = made("LBFGS", "0.5", memory_size=memory_size) | {"do": gradients(smooth=True)}
    varied = made("LBFGS", "0.5", memory_size=memory_size) | {"do": gradients(scale=0.1)}
    for scenario in (smooth, varied):
        theirs = of_torch(scenario, one_iteration)
        assert_same(of_the_oracle(scenario, "torch"), theirs)
        assert apart(of_the_oracle(scenario), theirs)
