"""The oracle's optimizers: weights, groups, clipping and decay, in 50 digits or in plain numpy floats."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..classes.arithmetic import mp
from ..classes.catalogue import DEFINITIONS
from ..classes.definition import CLIPPING, LR, Array, Definition, OptimizerDefinition, Slots
from ..classes.domains import Refused
from ..scenarios.values import Json, Scenario, decode, decode_key, encode_key, flat_values, written_elements
from .arithmetic import Arithmetic
from .hooks import FaultHooks

Gradients = dict[Hashable, Array]


class HasRates(Protocol):
    def optimizer_rate(self, group: int) -> Any: ...
    def extend(self, groups: int) -> None: ...
    def refuse_group_rate(self) -> None: ...
    def set_base_lr(self, group: int, base_lr: float) -> None: ...


@dataclass
class OracleWeight:
    group: int
    dtype: str
    shape: list[int]
    value: Array
    slots: Slots
    k: int = 0
    layout: str | None = None  # as it was registered; only faults depend on it


class FixedRates:
    """The rates of an optimizer that has no scheduler."""

    def __init__(self, lr: float) -> None:
        self.default_lr, self.lrs = lr, [lr]

    def optimizer_rate(self, group: int) -> Any:
        return mp.mpf(self.lrs[group])

    def extend(self, groups: int) -> None:
        self.lrs += [self.default_lr] * (groups - len(self.lrs))

    def refuse_group_rate(self) -> None:
        """Does nothing: every group can have its own rate."""

    def set_base_lr(self, group: int, base_lr: float) -> None:
        self.lrs[group] = base_lr


class OracleOptimizer(FaultHooks):
    """An optimizer and its registered weights."""

    hyper: dict[str, Any]

    def __init__(
        self,
        config: Scenario,
        scheduler: HasRates | None,
        arithmetic: Arithmetic,
        definitions: Mapping[str, Definition] = DEFINITIONS,
    ) -> None:
        definition = definitions[config["class"]]
        assert isinstance(definition, OptimizerDefinition)
        self.definition = definition
        self.arithmetic = arithmetic
        arguments = {name: decode(value) for name, value in config.items() if name not in ("class", "lr")}
        self.read_arguments(arguments, self.definition.all_parameters)
        self.definition.check_combination(self.hyper)
        self.base: OracleOptimizer | None = None
        if definition.is_wrapper:
            self.base = OracleOptimizer(self.hyper["base_optimizer"], scheduler, arithmetic, definitions)
            self.hyper = self.base.wrapper_defaults() | {
                name: value for name, value in self.hyper.items() if value is not None
            }
        lr = config.get("lr", definition.lr)
        self.relative = definition.lr is None and lr is None
        if lr == "@scheduler":
            assert scheduler is not None
            self.rates: HasRates = scheduler
        elif self.relative:
            self.rates = self.base.rates if self.base else FixedRates(1.0)
        else:
            self.rates = FixedRates(self.check_lr(decode(lr)))
        self.numbers = self.first_numbers()
        self.groups: list[float] = []
        self.weights: dict[Hashable, OracleWeight] = {}

    def first_numbers(self) -> dict[str, Any]:
        """The numbers of the optimizer as a whole, before its first step."""
        return self.definition.numbers(**self._own_arguments()) if self.definition.numbers else {}

    def read_arguments(self, arguments: dict[str, Any], parameters: Mapping[str, Any]) -> None:
        self.hyper = {
            name: domain.check(name, arguments.pop(name) if name in arguments else decode(domain.default))
            for name, domain in parameters.items()
        }
        if arguments:
            raise ValueError(f"the scenario gives unknown arguments {sorted(arguments)}")

    def check_lr(self, lr: Any) -> float:
        return float(LR.check("lr", lr))

    def wrapper_defaults(self) -> dict[str, Any]:
        """The defaults of an optimizer that wraps this one."""
        return {name: self.hyper.get(name) for name in ("weight_decay", *CLIPPING)}

    @property
    def innermost(self) -> OptimizerDefinition:
        return self.base.innermost if self.base else self.definition

    @property
    def slots(self) -> list[str]:
        """The names of the slots that start at zero."""
        return [*self.definition.slots, *(f"base_{name}" for name in (self.base.slots if self.base else []))]

    @property
    def decay(self) -> float:
        return self.hyper.get("weight_decay") or 0.0

    def rate(self, group: int) -> Any:
        return self.rates.optimizer_rate(group)

    def current_lr(self) -> Any:
        return self.rates.optimizer_rate(0)

    def register(self, weights: Json, values: Mapping[Hashable, Array] | None = None) -> None:
        new = self._new_weights(weights, 0, values or {})
        if not self.groups:
            self.groups.append(self.decay)
            self.rates.extend(1)
        self.weights |= new

    def add_param_group(self, weights: Json, lr: Json, weight_decay: Json) -> None:
        if not self.groups:
            raise Refused("value", by="OPT-20")
        group = len(self.groups)
        new = self._new_weights(weights, group, {})
        decay = self.decay
        if weight_decay is not None:
            decay = self.definition.all_parameters["weight_decay"].check("weight_decay", decode(weight_decay))
        base_lr = None if lr is None else LR.check("lr", decode(lr))
        if base_lr is not None:
            self.refuse_group_rate()
        self.rates.extend(group + 1)
        if base_lr is not None:
            self.rates.set_base_lr(group, base_lr)
        self.groups.append(decay)
        self.weights |= new

    def refuse_group_rate(self) -> None:
        if self.definition.common_rate:
            raise Refused("type", by=self.definition.common_rate[0])
        self.rates.refuse_group_rate()

    def refuse_different_rates(self) -> None:
        if self.definition.common_rate and len({self.rate(group) for group in range(len(self.groups))}) > 1:
            raise Refused("value", by=self.definition.common_rate[1])

    def _new_weights(self, weights: Json, group: int, values: Mapping[Hashable, Array]) -> dict[Hashable, OracleWeight]:
        new: dict[Hashable, OracleWeight] = {}
        arrays = keyed(weights)
        for key, array in arrays.items():
            if "plain" in array:
                raise Refused("type", by="OPT-22")
            if self.innermost.matrices and len(array["shape"]) != 2:
                raise Refused("value", by=self.innermost.matrices)
            if "same" in array:
                raise Refused("value", by="OPT-45")
            if key in self.weights:
                raise Refused("value", by="OPT-21")
            array = arrays[decode_key(array["tied"])] if "tied" in array else array
            start = values[key] if key in values else self.arithmetic.array(flat_values(array))
            slots = {name: self.arithmetic.array(np.zeros(start.size)) for name in self.slots}
            new[key] = OracleWeight(group, array["dtype"], array["shape"], start, slots, layout=array.get("layout"))
        return new

    def set_value(self, weights: Json) -> None:
        for key, array in weights:
            self.weights[decode_key(key)].value = self.arithmetic.array(flat_values(array))

    def step(self, grads: Json) -> None:
        if not self.groups:
            raise Refused("value", by="OPT-19")
        if not isinstance(grads, list):
            raise Refused("type", by="OPT-25")
        gradients = keyed(grads)
        if set(gradients) - set(self.weights):
            raise Refused("key", by="OPT-23")
        arrays = {key: self._gradient(self.weights[key], gradient) for key, gradient in gradients.items()}
        self.refuse_different_rates()
        arrays = self.clip_value(self.clip_norm(arrays))
        blocks: dict[Hashable, list[Hashable]] = {}
        for key in arrays:
            blocks.setdefault(self._block_of(key), []).append(key)
        for keys in blocks.values():
            self._step([self.weights[key] for key in keys], [arrays[key] for key in keys])

    def _block_of(self, key: Hashable) -> Hashable:
        """The key of a block: weights with the same key are stepped as one array."""
        if self.innermost.numbers:
            return ()
        weight = self.weights[key]
        return (weight.group, weight.k) if self.innermost.joint_arrays else (key,)

    def update(self, grads: Json) -> None:
        self.step(grads)

    def clip_norm(self, arrays: Gradients) -> Gradients:
        if self.hyper["grad_clip_norm"] is not None:
            bound, unit = self.arithmetic.scalar(self.hyper["grad_clip_norm"]), power_of_two(arrays)
            scaled = {key: g / unit for key, g in arrays.items()}
            norm = self.arithmetic.sqrt(sum((g * g).sum() for g in scaled.values()))
            if norm > bound / unit:
                return {key: g * (bound / norm) for key, g in scaled.items()}
        return arrays

    def clip_value(self, arrays: Gradients) -> Gradients:
        if self.hyper["grad_clip_value"] is not None:
            bound = self.arithmetic.scalar(self.hyper["grad_clip_value"])
            return {key: np.minimum(np.maximum(g, -bound), bound) for key, g in arrays.items()}
        return arrays

    def _gradient(self, weight: OracleWeight, gradient: Json) -> Array:
        if gradient == {"is": "the weight"}:
            return weight.value
        if gradient["shape"] != weight.shape:
            raise Refused("value", by="OPT-24")
        return self.arithmetic.array(flat_values(gradient))

    def _step(self, block: list[OracleWeight], gradients: list[Array]) -> None:
        """Step the weights of a block. The rule receives them as one array."""
        for weight in block:
            weight.k += 1
        g, p = _concatenate(gradients), _concatenate([weight.value for weight in block])
        slots = {name: _concatenate([weight.slots[name] for weight in block]) for name in block[0].slots}
        decay = _of_elements(block, [self.arithmetic.scalar(self.groups[weight.group]) for weight in block])
        g = g + decay * p if self.innermost.coupled else g
        lr = self.arithmetic.scalar(self.rate(block[0].group))
        k = _of_elements(block, [self.arithmetic.count(weight.k) for weight in block])
        p = self._apply(g, slots, p, lr, k, block[0].shape, decay)
        if len(block) == 1:
            block[0].value, block[0].slots = p, slots
            return
        boundaries = np.cumsum([weight.value.size for weight in block])[:-1]
        parts = {name: np.split(slot, boundaries, axis=-1) for name, slot in slots.items()}
        for i, (weight, value) in enumerate(zip(block, np.split(p, boundaries), strict=True)):
            weight.value, weight.slots = value, {name: slots[i] for name, slots in parts.items()}

    def _apply(self, g: Array, slots: Slots, p: Array, lr: Any, k: Any, shape: list[int], decay: Any) -> Array:
        """Apply the rule with its hyperparameters."""
        arguments = self._own_arguments()
        if self.base is not None:
            base = self.base
            arguments["base_optimizer"] = lambda g, slots, p: base._apply(g, slots, p, lr, k, shape, decay)
        else:
            arguments |= {} if self.definition.coupled else {"weight_decay": decay}
            arguments |= {"relative": self.relative} if self.definition.lr is None else {}
        arguments |= {"shape": shape} if self.definition.needs_shape else {}
        arguments |= {"numbers": self.numbers} if self.definition.numbers else {}
        return self.definition.update(g, slots, p, lr, k, self.arithmetic.sqrt, **arguments)

    def _own_arguments(self) -> dict[str, Any]:
        return {name: self._scalar(self.hyper[name]) for name in self.definition.parameters}

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._scalar(entry) for entry in value)
        return self.arithmetic.scalar(value) if isinstance(value, float) else value

    def values(self) -> dict[Hashable, Array]:
        return {key: weight.value for key, weight in self.weights.items()}

    def observe(self) -> Json:
        return self._encoded(self.values())

    def averaged(self) -> Json:
        return self._encoded({key: self.average(weight) for key, weight in self.weights.items()})

    def average(self, weight: OracleWeight) -> Array:
        average = self.definition.averaged
        assert average is not None
        return average(weight.slots, weight.value, weight.k, **self._own_arguments()) if weight.k else weight.value

    def _encoded(self, arrays: Mapping[Hashable, Array]) -> Json:
        return [
            [encode_key(key), {"dtype": w.dtype, "shape": w.shape, "data": written_elements(float64(arrays[key]))}]
            for key, w in self.weights.items()
        ]

    def state_dict(self) -> Json:
        lrs = list(self.rates.lrs) if isinstance(self.rates, FixedRates) else None
        default_lr = self.rates.default_lr if isinstance(self.rates, FixedRates) else None
        slots = {key: (w.k, dict(w.slots)) for key, w in self.weights.items()}
        kind = self.definition.name
        return {
            "kind": kind,
            "lrs": lrs,
            "default_lr": default_lr,
            "groups": len(self.groups),
            "weights": slots,
            "numbers": dict(self.numbers),
        }

    def load_state_dict(self, state: Json) -> None:
        if "tampered" in state:
            raise Refused("any state", by=state["tampered"])
        if state["kind"] != self.definition.name:
            raise Refused("any state", by="STA-21")
        if state["groups"] != len(self.groups):
            raise Refused("any state", by="STA-17")
        if set(state["weights"]) != set(self.weights):
            raise Refused("any state", by="STA-15")
        if isinstance(self.rates, FixedRates):
            self.rates.lrs, self.rates.default_lr = list(state["lrs"]), state["default_lr"]
        self.numbers = dict(state["numbers"])
        for key, weight in self.weights.items():
            weight.k, weight.slots = state["weights"][key][0], dict(state["weights"][key][1])


def keyed(pairs: Json) -> dict[Hashable, Json]:
    """Pairs as a mapping, which has each key once."""
    mapping = {decode_key(key): value for key, value in pairs}
    if len(mapping) < len(pairs):
        raise ValueError("the scenario gives a key twice in one call")
    return mapping


def power_of_two(arrays: Gradients) -> float:
    """A power of two near the largest element, or 1. Divided by it, no square overflows or vanishes."""
    largest = max((abs(float(value)) for g in arrays.values() for value in g), default=0.0)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if 0 < largest < math.inf else 1.0


def float64(values: Array) -> Array:
    """Numbers of any arithmetic, rounded to float64."""
    return np.array([float(value) for value in values], dtype=np.float64)


def _of_elements(block: list[OracleWeight], numbers: list[Any]) -> Any:
    """One number if it is the same for all weights, otherwise the number of each element."""
    if all(number == numbers[0] for number in numbers):
        return numbers[0]
    return np.concatenate([np.full(weight.value.size, n) for weight, n in zip(block, numbers, strict=True)])


def _concatenate(arrays: list[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)
