"""Runs scenarios on an implementation that has the native API, and observes what it does."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import numpy as np

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
from .python import PythonImplementation
from .readout import error_kind, exception_text, field, read_array, read_number, read_scheduler
from .snippet import STATE
from .tampering import TAMPER, round_trip, scribble


class PlainState:
    """The weight of a module that has no ``ParamState``: any object with a ``value`` serves."""

    def __init__(self, value: Any) -> None:
        self.value = value


class NativeImplementation(PythonImplementation):
    """A namespace with the classes of the specification under their own names.

    make_state      makes the object that holds a weight's array; default: ``namespace.ParamState``, else PlainState
    precision       of the rates, float64 or float32; default: found out by running some schedules
    version         default: ``namespace.__version__``
    make_array      makes an array of the library from one of numpy; default: the numpy array itself
    base_optimizer  makes of an optimizer what ``Lookahead`` wraps; default: the optimizer itself
    state           how a snippet writes a state, such as ``mylib.State({})``
    module          what a snippet imports; default: the name
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
    ) -> None:
        self.name, self.namespace = name, namespace
        self.module = module or name
        self.version = version or str(getattr(namespace, "__version__", "unknown version"))
        self.declared_precision = precision
        self.not_observable = dict(not_observable or lacks or {})
        native: Callable[[Any], Any] = getattr(namespace, "ParamState", PlainState)
        self.state = state or ("types.SimpleNamespace(value={})" if native is PlainState else STATE)
        self.make_state = make_state or native
        self.make_array = make_array
        self.base_optimizer = base_optimizer
        self.trace = []

    def provides(self, name: str) -> bool:
        """A class; or bfloat16, which numpy has where something has imported ml_dtypes, as JAX does."""
        return name in np.sctypeDict if name == BFLOAT16 else hasattr(self.namespace, name)

    def run(self, scenario: Scenario) -> Trace:
        """The observed trace. An Exception of the implementation becomes a row; ``trace`` has the rows until now."""
        run = NativeRun(self, scenario)
        self.trace = run.trace
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which pytest may have been told to make errors of
            return run.run()


class NativeRun:
    """The objects of a scenario that is being run, and all that was passed in or handed out."""

    def __init__(self, implementation: NativeImplementation, scenario: Scenario) -> None:
        self.implementation, self.scenario = implementation, scenario
        self.scheduler: Any = None
        self.members: list[Any] = []
        self.passed: dict[str, Any] = {}
        self.optimizers: list[tuple[Any, dict[Hashable, Any]]] = []
        self.used = 0
        self.saved: dict[str, Any] = {}
        self.held: list[tuple[str, Any, Any]] = []
        self.trace: Trace = []

    def run(self) -> Trace:
        if self.attempt(self.construct) or all(row["op"] == "scheduler.members" for row in self.scenario["do"]):
            for row in self.scenario["do"]:
                match row:
                    case {"op": "scheduler.members"}:
                        self.attempt(lambda: None, lambda: {"members": [read_scheduler(m) for m in self.members]})
                    case {"op": "intact"}:
                        self.attempt(lambda: None, self.changed)
                    case _:
                        self.attempt(partial(self.perform, row))
        return self.trace

    def attempt(self, act: Callable[[], None], observe: Callable[[], Row] | None = None) -> bool:
        """Act and observe; an exception is a row too."""
        try:
            act()
            self.trace.append((observe or self.observe)())
        except Unsupported:
            raise
        except Exception as error:
            self.trace.append({"error": {"kind": error_kind(error), "message": exception_text(error)}})
            return False
        return True

    def construct(self) -> None:
        if "scheduler" in self.scenario:
            self.scheduler = self.build(self.scenario["scheduler"])
        if "optimizer" in self.scenario:
            self.optimizers = [self.new_optimizer()]

    def build(self, config: Scenario, outermost: bool = True) -> Any:
        arguments = {name: value for name, value in config.items() if name not in ("class", "schedulers")}
        made = {name: decode(value) for name, value in arguments.items()}
        if "schedulers" in config:
            made["schedulers"] = self.build_members(config["schedulers"])
            if outermost:
                self.members = (
                    [m for m in made["schedulers"] if hasattr(m, "step")]
                    if isinstance(made["schedulers"], list)
                    else []
                )
        if outermost:
            self.passed = made
        return getattr(self.implementation.namespace, config["class"])(**made)

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
        self, values: Mapping[Hashable, Any] | None = None, config: Scenario | None = None
    ) -> tuple[Any, dict[Hashable, Any]]:
        optimizer = self.build_optimizer(config or self.scenario["optimizer"])
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
        for written, value in weights:
            key = decode_key(written)
            start = self.implementation.make_array(values[key] if key in values else decode_array(value))
            arrays[key] = arrays[decode_key(value["tied"])] if "tied" in value else start
            states[key] = arrays[key] if "plain" in value else self.implementation.make_state(arrays[key])
        return states

    def perform(self, row: Row) -> None:
        match row:
            case {"op": "scheduler.step", "epoch": epoch}:
                self.scheduler.step(epoch=decode(epoch))
            case {"op": "scheduler.step", "metric": metric}:
                self.scheduler.step(decode(metric))
            case {"op": "scheduler.step"}:
                for _ in range(row.get("n", 1)):
                    self.scheduler.step()
            case {"op": "scheduler.save", "as": name}:
                self.saved[name] = round_trip(self.scheduler.state_dict(), row.get("via"))
            case {"op": "scheduler.load", "from": name}:
                self.scheduler.load_state_dict(self.saved[name])
            case {"op": "scheduler.new"}:
                self.scheduler = self.build(row["scheduler"] if "scheduler" in row else self.scenario["scheduler"])
                self.optimizers, self.used = [], 0
            case {"op": "new"}:
                values = contents(self.optimizers[self.used][1])
                if "scheduler" in self.scenario:
                    self.scheduler = self.build(self.scenario["scheduler"])
                self.optimizers, self.used = [self.new_optimizer(values, row.get("optimizer"))], 0
            case {"op": "optimizer.join"}:
                self.optimizers.append(self.new_optimizer())
                self.used = len(self.optimizers) - 1
            case {"op": "optimizer.use", "which": which}:
                self.used = which
            case {"op": "tamper", "on": name, "how": how}:
                self.saved[name] = TAMPER[how](self.saved[name])
            case {"op": "scribble", "on": target}:
                scribble(self.handed(target))
            case {"op": "bystander"}:
                self.bystander()
            case {"op": "read"}:
                self.observe()
            case _:
                self.perform_on_optimizer(row, *self.optimizers[self.used])

    def perform_on_optimizer(self, row: Row, optimizer: Any, states: dict[Hashable, Any]) -> None:
        match row:
            case {"op": "optimizer.step" | "optimizer.update" as op, "grads": grads}:
                given = decode(grads["raw"]) if isinstance(grads, dict) else self.gradients(grads, states)
                self.hold(states, given)
                for _ in range(row.get("n", 1)):
                    (optimizer.step if op == "optimizer.step" else optimizer.update)(given)
            case {"op": "optimizer.register", "weights": weights}:
                new = self.states(weights, {})
                optimizer.register_trainable_weights(dict(new))
                states |= new
            case {"op": "optimizer.add_param_group", "weights": weights}:
                new = self.states(weights, {})
                optimizer.add_param_group(dict(new), **{n: decode(row[n]) for n in ("lr", "weight_decay") if n in row})
                states |= new
            case {"op": "optimizer.save", "as": name}:
                self.saved[name] = round_trip(optimizer.state_dict(), row.get("via"))
            case {"op": "optimizer.load", "from": name}:
                optimizer.load_state_dict(self.saved[name])
            case _:
                raise ValueError(f"unknown operation {row}")

    def gradients(self, grads: Json, states: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        pairs = [(decode_key(key), value) for key, value in grads]
        return {
            key: states[key].value if value == {"is": "the weight"} else decode_array(value) for key, value in pairs
        }

    def hold(self, states: Mapping[Hashable, Any], grads: Any) -> None:
        """Remember the arrays of now, and what they hold."""
        arrays = [
            (f"the array that {key!r} held", state.value) for key, state in states.items() if hasattr(state, "value")
        ]
        if isinstance(grads, dict):
            arrays += [(f"the gradient of {key!r}", g) for key, g in grads.items()]
        self.held = [(name, value, np.array(value, copy=True)) for name, value in arrays]

    def changed(self) -> Row:
        return {
            "changed": [
                name for name, value, was in self.held if not np.array_equal(np.asarray(value), was, equal_nan=True)
            ]
        }

    def handed(self, target: str) -> Any:
        if target in ("last_lr", "base_lrs"):
            return self.scheduler.get_last_lr() if target == "last_lr" else self.scheduler.base_lrs
        return self.saved[target] if target in self.saved else self.passed[target]

    def bystander(self) -> None:
        """Another scheduler of the same kind, elsewhere, stepped, saved and loaded."""
        members, passed = self.members, self.passed
        other = self.build(self.scenario["scheduler"])
        moves = [decode(row["metric"]) for row in self.scenario["do"] if "metric" in row][:1]
        for _ in range(3):
            other.step(*moves)
        other.load_state_dict(other.state_dict())
        other.step(*moves)
        self.members, self.passed = members, passed

    def observe(self) -> Row:
        row = {} if self.scheduler is None else read_scheduler(self.scheduler)
        if self.optimizers:
            optimizer, states = self.optimizers[self.used]
            if states:
                row["opt_lr"] = field(lambda: read_number(optimizer.current_lr))
            row["weights"] = field(
                lambda: [[encode_key(key), read_array(state.value)] for key, state in states.items()]
            )
        return row


def contents(states: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    return {key: np.array(state.value, copy=True) for key, state in states.items()}
