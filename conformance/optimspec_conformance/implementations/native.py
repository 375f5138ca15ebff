"""Runs scenarios on an implementation that has the native API, and observes what it does."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from ..classes.catalogue import DEFINITIONS, arguments, nearest
from ..scenarios.runner import TraceRunner
from ..scenarios.trace import Unsupported
from ..scenarios.values import (
    BFLOAT16,
    Json,
    Row,
    Scenario,
    Trace,
    decode,
    decode_array,
    decode_key,
    encode_key,
)
from ..specification import TIERS
from .protocol import CannotTest
from .python import PythonImplementation
from .readout import error_kind, exception_text, field, read_array, read_number, read_scheduler
from .snippet import STATE
from .tampering import TAMPER, round_trip, scribble


class PlainState:
    """A weight for modules without ``ParamState``: any object with a ``value`` serves."""

    def __init__(self, value: Any) -> None:
        self.value = value


def check_table(table: Mapping[str, Any]) -> None:
    """Raises CannotTest for a class that the specification does not have, or an argument that a class does not have.

    The arguments of an entry are those in its ``renamed``, ``no_default`` and ``lacks``, if it has these.
    """
    for name, entry in table.items():
        if name not in DEFINITIONS:
            raise CannotTest(f"the table of the adapter has {name}: no such class{nearest(name, DEFINITIONS)}")
        known = arguments(name)
        for argument in (a for kind in ("renamed", "no_default", "lacks") for a in getattr(entry, kind, ())):
            if argument not in known:
                hint = nearest(argument, known)
                raise CannotTest(f"the table of the adapter has {argument} of {name}: no such argument{hint}")


def declared_conventions(name: str, namespace: Any) -> Mapping[str, str]:
    """The ``conventions`` of a module, unless that is a submodule. Raises CannotTest if it has another type."""
    declared = getattr(namespace, "conventions", {})
    if isinstance(declared, ModuleType):
        return {}
    if not isinstance(declared, Mapping) or not all(
        isinstance(text, str) for pair in declared.items() for text in pair
    ):
        raise CannotTest(f'{name}.conventions must be a mapping such as {{"Adagrad": "torch"}}')
    return dict(declared)


def declared_tiers(name: str, namespace: Any) -> tuple[str, ...]:
    """The ``tiers`` of a module, unless that is a submodule. Raises CannotTest if it has another type."""
    declared = getattr(namespace, "tiers", TIERS)
    if isinstance(declared, ModuleType):
        return TIERS
    if not isinstance(declared, (list, tuple)) or not all(isinstance(tier, str) for tier in declared):
        raise CannotTest(f'{name}.tiers must be a list such as ["values", "state"]')
    return tuple(declared)


def entries(namespace: Any) -> dict[str, Any]:
    """The default table of an adapter: the first arguments of the ``partial``s that are its classes."""
    attributes = getattr(namespace, "__dict__", {})
    made = {name: value for name, value in attributes.items() if isinstance(value, partial) and value.args}
    return {name: value.args[0] for name, value in made.items() if hasattr(value.args[0], "renamed")}


class NativeImplementation(PythonImplementation):
    """A namespace with the classes of the specification under their own names.

    make_state      makes the object that holds a weight's array; default: ``namespace.ParamState``, or PlainState
    precision       of the rates, float64 or float32; default: determined by running some schedules
    version         default: ``namespace.__version__``
    make_array      converts a numpy array to an array of the library; default: no conversion
    base_optimizer  converts an optimizer to what ``Lookahead`` wraps; default: no conversion
    state           how a snippet writes a state, such as ``mylib.State({})``
    module          what a snippet imports; default: the namespace if that is a module, or the adapter
    conventions     those that it follows, by class; default: ``namespace.conventions``
    tiers           those in which it asks for a verdict; default: ``namespace.tiers``, or all three
    table           the classes that an adapter has, by name; an unknown class or argument in it is refused; by default
                    the ``partial``s in the namespace, such as those of ``adapters.functional``
    not_observable  requirements that cannot be observed, since the adapter itself does what they ask, each with the
                    reason; their checks are *not provided*. ``lacks`` is its old name, kept for one version.
    """

    def __init__(
        self,
        name: str,
        namespace: Any,
        make_state: Callable[[Any], Any] | None = None,
        precision: str | None = None,
        version: str | None = None,
        make_array: Callable[[Any], Any] = lambda value: value,
        base_optimizer: Callable[[Any], Any] = lambda optimizer: optimizer,
        state: str | None = None,
        module: str | None = None,
        not_observable: Mapping[str, str] | None = None,
        lacks: Mapping[str, str] | None = None,
        table: Mapping[str, Any] | None = None,
        conventions: Mapping[str, str] | None = None,
        tiers: Sequence[str] | None = None,
    ) -> None:
        check_table(entries(namespace) if table is None else table)
        self.name, self.namespace = name, namespace
        self.module = module or (namespace.__name__ if isinstance(namespace, ModuleType) else name)
        self.version = version or str(getattr(namespace, "__version__", "unknown version"))
        self.declared_precision = precision
        self.not_observable = dict(not_observable or lacks or {})
        self.conventions = declared_conventions(name, namespace) if conventions is None else conventions
        self.tiers = declared_tiers(name, namespace) if tiers is None else tuple(tiers)
        state_class: Callable[[Any], Any] = getattr(namespace, "ParamState", PlainState)
        self.state = state or ("types.SimpleNamespace(value={})" if state_class is PlainState else STATE)
        self.make_state = make_state or state_class
        self.make_array = make_array
        self.base_optimizer = base_optimizer
        self.trace = []

    def provides(self, name: str) -> bool:
        """Whether it has a class; or bfloat16, which numpy knows after ml_dtypes was imported, as JAX does."""
        return name in np.sctypeDict if name == BFLOAT16 else hasattr(self.namespace, name)

    def has_set_lr(self, name: str) -> bool:
        """Whether a class has ``set_lr``; the namespace of an adapter may hold it in a ``partial``."""
        entry = getattr(self.namespace, name, None)
        return hasattr(getattr(entry, "func", entry), "set_lr")

    def run(self, scenario: Scenario) -> Trace:
        """The observed trace. An Exception of the implementation becomes a row; ``trace`` has the rows so far."""
        native_run = NativeRun(self, scenario)
        self.trace = native_run.trace
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pytest may turn them into errors
            return native_run.run()


class NativeRun(TraceRunner[Any, tuple[Any, dict[Hashable, Any]]]):
    """Performs the operations of a scenario on an implementation. Keeps what was passed in and what was returned.

    An optimizer is paired with the states that hold its weights.
    """

    scheduler: Any

    def __init__(self, implementation: NativeImplementation, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.implementation = implementation
        self.outermost_members: list[Any] = []
        self.arguments: dict[str, Any] = {}
        self.saved: dict[str, Any] = {}
        self.watched_arrays: list[tuple[str, Any, Any]] = []
        self.watched_containers: list[tuple[str, Any, Any]] = []

    def observe(self) -> Row:
        row = {} if self.scheduler is None else read_scheduler(self.scheduler)
        if self.optimizers:
            optimizer, states = self.current_optimizer
            if states:
                row["opt_lr"] = field(lambda: read_number(optimizer.current_lr))
            row["weights"] = field(
                lambda: [[encode_key(key), read_array(state.value)] for key, state in states.items()]
            )
        return row

    def refusal(self, error: Exception) -> Row | None:
        if isinstance(error, Unsupported):
            return None
        return {"error": {"kind": error_kind(error), "message": exception_text(error)}}

    def build(self, config: Scenario, outermost: bool = True) -> Any:
        arguments = {name: value for name, value in config.items() if name not in ("class", "schedulers")}
        decoded = {name: decode(value) for name, value in arguments.items()}
        if "schedulers" in config:
            decoded["schedulers"] = self.build_members(config["schedulers"])
            if outermost:
                self.outermost_members = (
                    [member for member in decoded["schedulers"] if hasattr(member, "step")]
                    if isinstance(decoded["schedulers"], list)
                    else []
                )
        if outermost:
            self.arguments = decoded
            lists = {name: value for name, value in decoded.items() if isinstance(value, list)}
            self.watched_containers = [(f"the argument {name}", value, list(value)) for name, value in lists.items()]
        return getattr(self.implementation.namespace, config["class"])(**decoded)

    def build_members(self, members: Json) -> Any:
        match members:
            case {"tuple": entries}:
                return tuple(self.build_members(entries))
            case {"iterator": entries}:
                return iter(self.build_members(entries))
            case list():
                return [self.build(m, False) if isinstance(m, dict) and "class" in m else decode(m) for m in members]
        return decode(members)

    def new_optimizer(
        self, config: Scenario, values: Mapping[Hashable, Any] | None = None
    ) -> tuple[Any, dict[Hashable, Any]]:
        optimizer = self.build_optimizer(config)
        states: dict[Hashable, Any] = {}
        if self.scenario["weights"] is not None:
            states = self.states(self.scenario["weights"], values or {})
            optimizer.register_trainable_weights(dict(states))
        return optimizer, states

    def build_optimizer(self, config: Scenario) -> Any:
        arguments = {
            name: self.scheduler if value == "@scheduler" else decode(value)
            for name, value in config.items()
            if name != "class"
        }
        if isinstance(config.get("base_optimizer"), dict) and "class" in config["base_optimizer"]:
            base = self.build_optimizer(config["base_optimizer"])
            arguments["base_optimizer"] = self.implementation.base_optimizer(base)
        return getattr(self.implementation.namespace, config["class"])(**arguments)

    def states(self, weights: Json, values: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        arrays: dict[Hashable, Any] = {}
        states: dict[Hashable, Any] = {}
        for encoded_key, value in weights:
            key = decode_key(encoded_key)
            array = self.implementation.make_array(values[key] if key in values else decode_array(value))
            arrays[key] = arrays[decode_key(value["tied"])] if "tied" in value else array
            if "same" in value:
                states[key] = self.current_optimizer[1][decode_key(value["same"])]
                continue
            states[key] = arrays[key] if "plain" in value else self.implementation.make_state(arrays[key])
        return states

    def weight_values(self) -> dict[Hashable, Any]:
        _, states = self.current_optimizer
        return {key: np.array(state.value, copy=True) for key, state in states.items()}

    def step(self, n: int) -> None:
        for _ in range(n):
            self.scheduler.step()

    def jump(self, epoch: Json) -> None:
        self.scheduler.step(epoch=decode(epoch))

    def measure(self, metric: Json) -> None:
        self.arguments["metric"] = decode(metric)
        self.scheduler.step(self.arguments["metric"])

    def save(self, name: str, via: str | None) -> None:
        self.saved[name] = round_trip(self.scheduler.state_dict(), via)

    def load(self, name: str) -> None:
        self.scheduler.load_state_dict(self.saved[name])

    def members(self) -> Row:
        return {"members": [read_scheduler(member) for member in self.outermost_members]}

    def optimizer_step(self, grads: Json, n: int) -> None:
        optimizer, states = self.current_optimizer
        gradients = self.gradients(grads, states)
        self.watch_arrays(states, gradients)
        for _ in range(n):
            optimizer.step(gradients)

    def optimizer_update(self, grads: Json, n: int) -> None:
        optimizer, states = self.current_optimizer
        gradients = self.gradients(grads, states)
        self.watch_arrays(states, gradients)
        for _ in range(n):
            optimizer.update(gradients)

    def gradients(self, grads: Json, states: Mapping[Hashable, Any]) -> Any:
        if isinstance(grads, dict):
            return decode(grads["raw"])
        pairs = [(decode_key(key), value) for key, value in grads]
        return {
            key: states[key].value if value == {"is": "the weight"} else decode_array(value) for key, value in pairs
        }

    def watch_arrays(self, states: Mapping[Hashable, Any], grads: Any) -> None:
        """Remember the current arrays and a copy of their values, for ``intact``."""
        arrays = [
            (f"the array that {key!r} held", state.value) for key, state in states.items() if hasattr(state, "value")
        ]
        if isinstance(grads, dict):
            self.arguments["grads"] = list(grads.values())
            arrays += [(f"the gradient of {key!r}", g) for key, g in grads.items()]
            self.watched_containers = [("the mapping of gradients", grads, dict(grads))]
        self.watched_arrays = [(name, value, np.array(value, copy=True)) for name, value in arrays]

    def register(self, weights: Json) -> None:
        optimizer, states = self.current_optimizer
        new = self.states(weights, {})
        optimizer.register_trainable_weights(dict(new))
        states |= new

    def add_param_group(self, weights: Json, **options: Json) -> None:
        optimizer, states = self.current_optimizer
        new = self.states(weights, {})
        optimizer.add_param_group(dict(new), **{name: decode(value) for name, value in options.items()})
        states |= new

    def set_lr(self, lr: Json, group: int) -> None:
        """The group is passed only if it is not the first: a library without groups may take no such argument."""
        self.current_optimizer[0].set_lr(decode(lr), *([group] if group else []))

    def set_value(self, weights: Json) -> None:
        _, states = self.current_optimizer
        for key, value in weights:
            array = self.implementation.make_array(decode_array(value))
            try:
                states[decode_key(key)].value = array
            except AttributeError:
                raise Unsupported("the value of a weight cannot be bound") from None

    def averaged(self) -> Row:
        optimizer, _ = self.current_optimizer
        if not hasattr(optimizer, "averaged"):
            raise Unsupported("has no averaged()")
        return {"averaged": [[encode_key(key), read_array(value)] for key, value in optimizer.averaged().items()]}

    def optimizer_save(self, name: str, via: str | None) -> None:
        self.saved[name] = round_trip(self.current_optimizer[0].state_dict(), via)

    def optimizer_load(self, name: str) -> None:
        self.current_optimizer[0].load_state_dict(self.saved[name])

    def tamper(self, on: str, how: str) -> None:
        self.saved[on] = TAMPER[how](self.saved[on])

    def scribble(self, on: str) -> None:
        if on in ("last_lr", "base_lrs"):
            scribble(self.scheduler.get_last_lr() if on == "last_lr" else self.scheduler.base_lrs)
        else:
            scribble(self.saved[on] if on in self.saved else self.arguments[on])

    def bystander(self) -> None:
        members, arguments, watched = self.outermost_members, self.arguments, self.watched_containers
        bystander = self.build(self.scenario["scheduler"])
        metric = [decode(value) for value in self.first_metric()]
        for _ in range(3):
            bystander.step(*metric)
        for state in (bystander.state_dict(), *self.saved.values()):
            bystander.load_state_dict(state)
            bystander.step(*metric)
        self.outermost_members, self.arguments, self.watched_containers = members, arguments, watched

    def read(self) -> None:
        self.observe()

    def intact(self) -> Row:
        changed = [
            name
            for name, array, copy in self.watched_arrays
            if not np.array_equal(np.asarray(array), copy, equal_nan=True)
        ]
        return {
            "changed": [
                *changed,
                *(name for name, value, copy in self.watched_containers if not same_entries(value, copy)),
            ]
        }


def same_entries(value: Any, copy: Any) -> bool:
    """Whether a container still holds the same objects."""
    entries, kept = (list(c.items() if isinstance(c, dict) else enumerate(c)) for c in (value, copy))
    return len(entries) == len(kept) and all(
        key == kept_key and entry is kept_entry
        for (key, entry), (kept_key, kept_entry) in zip(entries, kept, strict=True)
    )
