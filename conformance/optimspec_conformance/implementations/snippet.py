"""Writes a scenario as a few lines of Python in the native API, which show a difference without the kit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType

from ..scenarios.runner import OperationRunner
from ..scenarios.trace import Difference
from ..scenarios.values import BFLOAT16, SIGNS, Json, Scenario, key_literal

STATE = "m.ParamState({})"  # how a state is made of an array
ADAPTED = ".implementation().namespace"  # follows the name of an adapter's module, if no module has the classes
MODULES = ("numpy", "ml_dtypes", "pickle", "json", "copy", "types", "contextlib")

SCRIBBLE = (
    "def scribble(x): [scribble(v) if isinstance(v, (dict, list)) else x.__setitem__(k, 77) "
    "for k, v in (list(x.items()) if isinstance(x, dict) else list(enumerate(x)))]"
)
REPLACED = (
    "def replaced(x): return {{k: replaced(v) for k, v in x.items()}} if isinstance(x, dict) "
    "else [replaced(v) for v in x] if isinstance(x, (list, tuple)) else {}"
)


def sown_text(seed: int, size: object) -> str:
    """The elements of a large array as Python source."""
    return f"({2 * seed + 137} * numpy.arange(1, {size} + 1) % 8191 - 4095)"


READ_EXPRESSIONS = {
    "t": "scheduler.last_epoch",
    "base": "scheduler.base_lrs",
    "lr": "scheduler.get_last_lr()",
    "opt_lr": "optimizer.current_lr",
    "weights": "{key: w.value for key, w in weights.items()}",
}
SUMS = {  # of a large array
    "norm": "(lambda x: (x @ x / x.size) ** 0.5)(numpy.float64({}))",
    "signed sum": f"(lambda x: numpy.where({sown_text(SIGNS, 'x.size')} < 0, -1, 1) @ x / x.size**0.5)"
    "(numpy.float64({}))",
}
LAYOUTS = {"transposed": "{}.T.copy().T", "spread": "numpy.repeat({}.T[..., None], 2, -1)[..., 0].T"}
MAX_COMMENT = 80  # characters of an expected value


def snippet(module: str, scenario: Scenario, difference: Difference, state: str = STATE) -> list[str]:
    """The lines that reproduce a difference, and print it."""
    lines = fold_repeats([line for block in SnippetWriter(scenario, state).blocks(difference.row) for line in block])
    read = read_expression(difference.what)
    expected = "no error" if (difference.what, difference.expected) == ("error", "none") else difference.expected
    comment = f"  # expected {expected}" if len(expected) <= MAX_COMMENT else ""
    if read:
        lines.append(f"print({read}){comment}")
    elif difference.what == "error":
        lines = lines[:-1] if lines[-1].startswith("weights |= ") else lines
        lines[-1] += comment
    return [*imports(module, lines, state), *lines]


def read_expression(what: str) -> str | None:
    """The expression that reads what differs, if there is one."""
    name = what.removeprefix("length of ").split("[")[0]
    owners = {
        "last_epoch": "scheduler",
        "base_lrs": "scheduler",
        "get_last_lr()": "scheduler",
        "current_lr": "optimizer",
    }
    weight = re.fullmatch(r"(?:(dtype|shape|norm|signed sum) of )?(.+?)(?:\[(\d+)\])?", what)
    if what in READ_EXPRESSIONS:
        return READ_EXPRESSIONS[what]
    if what.startswith("members[") or what == "averages":
        return what
    if name in owners:
        read = f"{owners[name]}.{what.removeprefix('length of ')}"
        return f"len({read})" if what.startswith("length of ") else read
    array = "" if weight is None else weight[2] if weight[2].startswith("averages[") else f"weights[{weight[2]}].value"
    if weight and weight[1] in SUMS:
        return SUMS[weight[1]].format(f"numpy.ravel({array})")
    if weight and weight[1]:
        return f"{array}.{weight[1]}"
    return f"numpy.ravel({array})[{weight[3]}]" if weight and weight[3] else None


def imports(module: str, lines: list[str], state: str) -> list[str]:
    names = "|".join({*MODULES, state.split(".")[0]} - {"m"})
    used = sorted(set(re.findall(rf"(?<![\w.])({names})\.", "\n".join(lines))))
    if all(part.isidentifier() for part in module.split(".")):
        return [f"import {', '.join([*used, f'{module} as m'])}"]
    if module.endswith(ADAPTED):
        adapter = module.removesuffix(ADAPTED)
        return [f"import {', '.join([*used, adapter])}", f"m = {module}"]
    return [*([f"import {', '.join(used)}"] if used else []), f"m = ...  # what the adapter tests as {module!r}"]


def fold_repeats(lines: list[str]) -> list[str]:
    """The lines, with consecutive equal ones as a loop."""
    folded = []
    for line, run in groupby(lines):
        n = len(list(run))
        unchanged = n == 1 or line.startswith((" ", "for "))
        folded += [line] * n if unchanged else [f"for _ in range({n}): {line}"]
    return folded


class SnippetWriter(OperationRunner[list[str]]):
    """Writes each operation as lines of Python; one that the native API has no call for becomes a comment."""

    def __init__(self, scenario: Scenario, state: str) -> None:
        super().__init__(scenario)
        self.state = state
        operations = scenario["do"]
        self.overwritten = {row["on"] for row in operations if row.get("op") == "scribble"}
        self.reads_members = any(row.get("op") == "scheduler.members" for row in operations)
        self.compares_arrays = any(row.get("op") == "intact" for row in operations)
        if self.compares_arrays and "optimizer" not in scenario:
            self.overwritten |= {name for name, value in scenario["scheduler"].items() if isinstance(value, list)}
        self.joined = 0

    def blocks(self, rows: int) -> list[list[str]]:
        """The lines of the construction and of each operation before a row."""
        return [self.construct(), *map(self.perform, self.scenario["do"][:rows])]

    def construct(self) -> list[str]:
        return self.construction(self.scenario.get("optimizer"))

    def construction(self, optimizer: Scenario | None) -> list[str]:
        lines = self.new_scheduler(self.scenario["scheduler"]) if "scheduler" in self.scenario else []
        if optimizer is not None:
            lines.append(f"optimizer = {call(optimizer)}")
            if self.scenario["weights"] is not None:
                lines.append(f"weights = {states(self.scenario['weights'], self.state)}")
                lines.append("optimizer.register_trainable_weights(dict(weights))")
        return lines

    def step(self, n: int) -> list[str]:
        return ["scheduler.step()"] if n == 1 else [f"for _ in range({n}): scheduler.step()"]

    def jump(self, epoch: Json) -> list[str]:
        return [f"scheduler.step(epoch={literal(epoch)})"]

    def measure(self, metric: Json) -> list[str]:
        if "metric" in self.overwritten:
            return [f"metric = {literal(metric)}", "scheduler.step(metric)"]
        return [f"scheduler.step({literal(metric)})"]

    def save(self, name: str, via: str | None) -> list[str]:
        return [f"{name} = {round_trip('scheduler.state_dict()', via)}"]

    def load(self, name: str) -> list[str]:
        return [f"scheduler.load_state_dict({name})"]

    def new_scheduler(self, config: Scenario) -> list[str]:
        """Arguments that are overwritten later get a name, and so do members that are read."""
        names = [name for name in config if name in self.overwritten]
        lines = [f"{name} = {literal(config[name])}" for name in names]
        arguments = dict.fromkeys(names, "")
        if self.reads_members and isinstance(config.get("schedulers"), list):
            lines.append(f"members = {literal(config['schedulers'])}")
            arguments["schedulers"] = "list(members)"
        return [*lines, f"scheduler = {call(config, {name: text or name for name, text in arguments.items()})}"]

    def members(self) -> list[str]:
        return []

    def new(self, optimizer: Scenario) -> list[str]:
        lines = self.construction(optimizer)
        if self.scenario["weights"] is not None:
            keys = ", ".join(key_literal(key) for key, _ in self.scenario["weights"])
            lines[-2] = f"weights = {{key: {self.state.format('weights[key].value')} for key in [{keys}]}}"
        return lines

    def join(self) -> list[str]:
        """Another optimizer on the same scheduler; each is kept under its number."""
        kept = [f"optimizer{self.joined}, weights{self.joined} = optimizer, weights"]
        self.joined += 1
        new = [line for line in self.construction(self.scenario["optimizer"]) if not line.startswith("scheduler = ")]
        return [*kept, *new, f"optimizer{self.joined}, weights{self.joined} = optimizer, weights"]

    def use(self, which: int) -> list[str]:
        return [f"optimizer, weights = optimizer{which}, weights{which}"]

    def optimizer_step(self, grads: Json, n: int) -> list[str]:
        return self.update("optimizer.step", grads, n)

    def optimizer_update(self, grads: Json, n: int) -> list[str]:
        return self.update("optimizer.update", grads, n)

    def update(self, method: str, grads: Json, n: int) -> list[str]:
        times = "" if n == 1 else f"for _ in range({n}): "
        gradients = literal(grads["raw"]) if isinstance(grads, dict) else mapping(grads)
        if "grads" in self.overwritten and not isinstance(grads, dict):
            return [f"grads = {gradients}", f"{times}{method}(grads)"]
        if not self.compares_arrays or isinstance(grads, dict):
            return [f"{times}{method}({gradients})"]
        return [
            f"grads = {gradients}",
            "held = [*(w.value for w in weights.values()), *grads.values()]",
            "copies, keys = [numpy.array(array, copy=True) for array in held], [*grads]",
            f"{times}{method}(grads)",
        ]

    def register(self, weights: Json) -> list[str]:
        return [
            f"more = {states(weights, self.state)}",
            "optimizer.register_trainable_weights(dict(more))",
            "weights |= more",
        ]

    def add_param_group(self, weights: Json, **options: Json) -> list[str]:
        arguments = "".join(f", {name}={literal(value)}" for name, value in options.items())
        return [
            f"group = {states(weights, self.state)}",
            f"optimizer.add_param_group(dict(group){arguments})",
            "weights |= group",
        ]

    def set_lr(self, lr: Json, group: int) -> list[str]:
        return [f"optimizer.set_lr({literal(lr)}{f', {group}' if group else ''})"]

    def set_value(self, weights: Json) -> list[str]:
        return [f"weights[{key_literal(key)}].value = {array(value)}" for key, value in weights]

    def averaged(self) -> list[str]:
        return ["averages = optimizer.averaged()"]

    def optimizer_save(self, name: str, via: str | None) -> list[str]:
        return [f"{name} = {round_trip('optimizer.state_dict()', via)}"]

    def optimizer_load(self, name: str) -> list[str]:
        return [f"optimizer.load_state_dict({name})"]

    def tamper(self, on: str, how: str) -> list[str]:
        match how:
            case "nulls" | "nans" | "texts":
                value = {"nulls": "None", "nans": "float('nan')", "texts": "'rubbish'"}[how]
                return [REPLACED.format(value), f"{on} = replaced({on})"]
            case "empty":
                return [f"{on} = {{}}"]
            case "not-a-mapping":
                return [f"{on} = 7"]
            case "time-alone":
                return [f'{on} = {{k: {on}[k] for k in ("last_epoch", "t") if k in {on}}}']
        if how.startswith("without-"):
            return [f"{on} = {{k: {on}[k] for i, k in enumerate({on}) if i != {how.removeprefix('without-')}}}"]
        return [f"# tamper on={on}, how={how}"]

    def scribble(self, on: str) -> list[str]:
        match on:
            case "last_lr":
                return ["rates = scheduler.get_last_lr()", "rates[:] = [77.0] * len(rates)"]
            case "base_lrs":
                return ["rates = scheduler.base_lrs", "rates[:] = [77.0] * len(rates)"]
            case "s" | "o":
                return [SCRIBBLE, f"scribble({on})"]
            case "grads":
                return ["for g in grads.values(): g[...] = 77"]
            case "metric":
                return ["metric[...] = 77"]
        return [f"{on}[:] = [77] * len({on})"]

    def bystander(self) -> list[str]:
        step = f"other.step({', '.join(map(literal, self.first_metric()))})"
        saved = [row["as"] for row in self.scenario["do"] if row["op"] == "scheduler.save"]
        lines = [f"other = {call(self.scenario['scheduler'])}", f"for _ in range(3): {step}"]
        for state in ("other.state_dict()", *saved):
            lines += [f"other.load_state_dict({state})", step]
        return lines

    def read(self) -> list[str]:
        return []

    def intact(self) -> list[str]:
        if "optimizer" not in self.scenario:
            lists = {name: value for name, value in self.scenario["scheduler"].items() if isinstance(value, list)}
            return [f"assert {name} == {literal(value)}, 'overwritten'" for name, value in lists.items()]
        return [
            "assert all(numpy.array_equal(a, b, equal_nan=True) for a, b in zip(held, copies)), 'overwritten'",
            "assert [*grads] == keys, 'overwritten'",
        ]


def round_trip(state: str, via: str | None) -> str:
    """A state after a round trip."""
    match via:
        case "pickle":
            return f"pickle.loads(pickle.dumps({state}))"
        case "json":
            return f"json.loads(json.dumps({state}, allow_nan=False))"
        case "deepcopy":
            return f"copy.deepcopy({state})"
    return state


def call(config: Scenario, named: Mapping[str, str] = MappingProxyType({})) -> str:
    """A call of a constructor; ``named`` are arguments that are written as other expressions than their values."""
    arguments = [f"{name}={named.get(name) or literal(value)}" for name, value in config.items() if name != "class"]
    return f"m.{config['class']}({', '.join(arguments)})"


def literal(value: Json) -> str:
    match value:
        case "@scheduler":
            return "scheduler"
        case {"class": str()}:
            return call(value)
        case {"float": text}:
            return f"float({text!r})"
        case {"str": text}:
            return repr(text)
        case {"bool": truth}:
            return str(truth)
        case {"tuple": entries}:
            inner = ", ".join(map(literal, entries))
            return f"({inner},)" if len(entries) == 1 else f"({inner})"
        case {"iterator": entries}:
            return f"iter({literal(entries)})"
        case {"int64": number}:
            return f"numpy.int64({number})"
        case {"float32": text}:
            return f"numpy.float32({text})"
        case {"float64": text}:
            return f"numpy.float64({text})"
        case {"0-d": text}:
            return f"numpy.array({text})"
        case {"fn": "power", "base": base}:
            return f"lambda x: {base}**x"
        case {"fn": "inverse"}:
            return "lambda x: 1 / (1 + x)"
        case {"fn": "fails", "from": start}:
            failure = {"TypeError": "None + 1", "KeyError": "{}[x]", "IndexError": "[][0]"}
            return f"lambda x: 0.5 if x < {start} else {failure.get(value.get('raises'), '1 / 0')}"
        case {"fn": "table", "values": values}:
            return f"lambda x: {literal(values)}[min(x.__index__(), {len(values) - 1})]"
        case str():
            return value
        case list():
            return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def array(value: Json) -> str:
    if "seed" in value:
        elements = sown_text(value["seed"], math.prod(value["shape"]))
        return f"numpy.array({elements} / 2048, {value['dtype']!r}).reshape({value['shape']})"
    data = ", ".join(map(literal, value["data"]))
    dtype = "ml_dtypes.bfloat16" if value["dtype"] == BFLOAT16 else repr(value["dtype"])
    if value["shape"] == []:
        return f"numpy.array({data}, {dtype})"
    reshape = "" if len(value["shape"]) == 1 else f".reshape({value['shape']})"
    text = f"numpy.array([{data}], {dtype}){reshape}"
    return LAYOUTS[value["layout"]].format(text) if "layout" in value else text


def mapping(pairs: Json) -> str:
    """Gradients as a dict; one may be the weight itself."""
    entries = [f"{key_literal(k)}: {array(v) if 'data' in v else f'weights[{key_literal(k)}].value'}" for k, v in pairs]
    return f"{{{', '.join(entries)}}}"


def states(weights: Json, state: str) -> str:
    arrays = {str(k): v for k, v in weights}
    entries = []
    for key, value in weights:
        if "same" in value:
            entries.append(f"{key_literal(key)}: weights[{key_literal(value['same'])}]")
            continue
        array_text = array(arrays[str(value["tied"])] if "tied" in value else value)
        entries.append(f"{key_literal(key)}: {array_text if 'plain' in value else state.format(array_text)}")
    return f"{{{', '.join(entries)}}}"
