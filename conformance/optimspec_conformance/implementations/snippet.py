"""A scenario as a few lines of Python in the native API, for whoever wants to see a difference without the kit."""

from __future__ import annotations

import re
from itertools import groupby

from ..scenarios.trace import Difference
from ..scenarios.values import Json, Row, Scenario, shown_key

STATE = "m.ParamState({})"  # how a state is made of an array
MODULES = ("numpy", "pickle", "json", "copy", "types", "contextlib")

SCRIBBLE = (
    "def scribble(x): [scribble(v) if isinstance(v, (dict, list)) else x.__setitem__(k, 77) "
    "for k, v in (list(x.items()) if isinstance(x, dict) else list(enumerate(x)))]"
)
REPLACED = (
    "def replaced(x): return {{k: replaced(v) for k, v in x.items()}} if isinstance(x, dict) "
    "else [replaced(v) for v in x] if isinstance(x, (list, tuple)) else {}"
)


READ = {
    "t": "scheduler.last_epoch",
    "base": "scheduler.base_lrs",
    "lr": "scheduler.get_last_lr()",
    "opt_lr": "optimizer.current_lr",
    "weights": "{key: w.value for key, w in weights.items()}",
}
WIDEST = 80  # characters of an expected value


def snippet(module: str, scenario: Scenario, difference: Difference, state: str = STATE) -> list[str]:
    """The lines that lead to a difference, and show it."""
    lines = folded([line for block in blocks(scenario, difference.row, state) for line in block])
    read = reading(difference.what)
    expected = "no error" if (difference.what, difference.expected) == ("error", "none") else difference.expected
    comment = f"  # expected {expected}" if len(expected) <= WIDEST else ""
    if read:
        lines.append(f"print({read}){comment}")
    elif difference.what == "error":
        lines = lines[:-1] if lines[-1].startswith("weights |= ") else lines
        lines[-1] += comment
    return [*imports(module, lines, state), *lines]


def reading(what: str) -> str | None:
    """The expression that reads what differs."""
    name = what.removeprefix("length of ").split("[")[0]
    owner = {
        "last_epoch": "scheduler",
        "base_lrs": "scheduler",
        "get_last_lr()": "scheduler",
        "current_lr": "optimizer",
    }
    weight = re.fullmatch(r"(?:(dtype|shape) of )?(.+?)(?:\[(\d+)\])?", what)
    if what in READ or what.startswith("members"):
        return READ.get(what)
    if name in owner:
        read = f"{owner[name]}.{what.removeprefix('length of ')}"
        return f"len({read})" if what.startswith("length of ") else read
    if weight and weight[1]:
        return f"weights[{weight[2]}].value.{weight[1]}"
    return f"numpy.ravel(weights[{weight[2]}].value)[{weight[3]}]" if weight and weight[3] else None


def imports(module: str, lines: list[str], state: str) -> list[str]:
    names = "|".join({*MODULES, state.split(".")[0]} - {"m"})
    used = sorted(set(re.findall(rf"(?<![\w.])({names})\.", "\n".join(lines))))
    return [f"import {', '.join([*used, f'{module} as m'])}"]


def folded(lines: list[str]) -> list[str]:
    """Equal lines that follow each other, as a loop."""
    shorter = []
    for line, run in groupby(lines):
        n = len(list(run))
        alone = n == 1 or line.startswith((" ", "for "))
        shorter += [line] * n if alone else [f"for _ in range({n}): {line}"]
    return shorter


def blocks(scenario: Scenario, rows: int, state: str) -> list[list[str]]:
    """The lines of each row."""
    return [built(scenario, state), *(operation(row, scenario, state) for row in scenario["do"][:rows])]


def built(scenario: Scenario, state: str) -> list[str]:
    lines = [f"scheduler = {call(scenario['scheduler'])}"] if "scheduler" in scenario else []
    if "optimizer" in scenario:
        lines.append(f"optimizer = {call(scenario['optimizer'])}")
        if scenario["weights"] is not None:
            lines.append(f"weights = {states(scenario['weights'], state)}")
            lines.append("optimizer.register_trainable_weights(dict(weights))")
    return lines


def operation(row: Row, scenario: Scenario, state: str) -> list[str]:
    match row:
        case {"op": "scheduler.step", "epoch": epoch}:
            return [f"scheduler.step(epoch={literal(epoch)})"]
        case {"op": "scheduler.step", "metric": metric}:
            return [f"scheduler.step({literal(metric)})"]
        case {"op": "scheduler.step", "n": n}:
            return [f"for _ in range({n}): scheduler.step()"]
        case {"op": "scheduler.step"}:
            return ["scheduler.step()"]
        case {"op": "new"}:
            lines = built({**scenario, "optimizer": row.get("optimizer", scenario["optimizer"])}, state)
            if scenario["weights"] is not None:
                keys = ", ".join(shown_key(written) for written, _ in scenario["weights"])
                again = f"{{key: {state.format('weights[key].value')} for key in [{keys}]}}"
                lines[-2] = f"weights = {again}"
            return lines
        case {"op": "scheduler.new"}:
            return [f"scheduler = {call(row['scheduler'] if 'scheduler' in row else scenario['scheduler'])}"]
        case {"op": "optimizer.step" | "optimizer.update", "grads": grads}:
            given = literal(grads["raw"]) if isinstance(grads, dict) else mapping(grads)
            times = f"for _ in range({row['n']}): " if "n" in row else ""
            return [f"{times}{row['op']}({given})"]
        case {"op": "optimizer.add_param_group", "weights": weights}:
            options = "".join(f", {name}={literal(row[name])}" for name in ("lr", "weight_decay") if name in row)
            return [
                f"group = {states(weights, state)}",
                f"optimizer.add_param_group(dict(group){options})",
                "weights |= group",
            ]
        case {"op": "optimizer.register", "weights": weights}:
            return [
                f"more = {states(weights, state)}",
                "optimizer.register_trainable_weights(dict(more))",
                "weights |= more",
            ]
        case {"op": "scheduler.save" | "optimizer.save" as op, "as": name}:
            via = {"pickle": "pickle.loads(pickle.dumps({}))", "json": "json.loads(json.dumps({}, allow_nan=False))"}
            way = via.get(row.get("via", ""), "copy.deepcopy({})" if row.get("via") == "deepcopy" else "{}")
            return [f"{name} = {way.format(op.split('.')[0] + '.state_dict()')}"]
        case {"op": "scheduler.load" | "optimizer.load" as op, "from": name}:
            return [f"{op.split('.')[0]}.load_state_dict({name})"]
        case {"op": "scribble", "on": "last_lr"}:
            return ["rates = scheduler.get_last_lr()", "rates[:] = [77.0] * len(rates)"]
        case {"op": "scribble", "on": "base_lrs"}:
            return ["rates = scheduler.base_lrs", "rates[:] = [77.0] * len(rates)"]
        case {"op": "scribble", "on": "s" | "o" as name}:
            return [SCRIBBLE, f"scribble({name})"]
        case {"op": "tamper", "on": name, "how": "nulls" | "nans" | "texts" as how}:
            value = {"nulls": "None", "nans": "float('nan')", "texts": "'rubbish'"}[how]
            return [REPLACED.format(value), f"{name} = replaced({name})"]
        case {"op": "bystander"}:
            move = next((f"other.step({literal(row['metric'])})" for row in scenario["do"] if "metric" in row), None)
            step = move or "other.step()"
            load = "other.load_state_dict(other.state_dict())"
            return [f"other = {call(scenario['scheduler'])}", f"for _ in range(3): {step}", load, step]
        case {"op": "tamper", "on": name, "how": "empty"}:
            return [f"{name} = {{}}"]
        case {"op": "tamper", "on": name, "how": "not-a-mapping"}:
            return [f"{name} = 7"]
        case {"op": "tamper", "on": name, "how": str(how)} if how.startswith("without-"):
            return [f"{name} = {{k: {name}[k] for i, k in enumerate({name}) if i != {how.removeprefix('without-')}}}"]
        case {"op": "tamper", "on": name, "how": "time-alone"}:
            return [f'{name} = {{k: {name}[k] for k in ("last_epoch", "t") if k in {name}}}']
        case {"op": "read"}:
            return []
    details = ", ".join(f"{name}={value}" for name, value in row.items() if name != "op")
    return [f"# {row['op']} {details}".rstrip()]


def call(config: Scenario) -> str:
    arguments = []
    for name, value in config.items():
        if name == "class":
            continue
        arguments.append(f"{name}={literal(value)}")
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
        case {"0-d": text}:
            return f"numpy.array({text})"
        case {"fn": "power", "base": base}:
            return f"lambda x: {base}**x"
        case {"fn": "inverse"}:
            return "lambda x: 1 / (1 + x)"
        case {"fn": "fails", "from": start}:
            failure = {"TypeError": "None + 1", "KeyError": "{}[x]", "IndexError": "[][0]"}
            return f"lambda x: 0.5 if x < {start} else {failure.get(value.get('raises'), '1 / 0')}"
        case str():
            return value
        case list():
            return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def array(value: Json) -> str:
    data = ", ".join(value["data"])
    if value["shape"] == []:
        return f"numpy.array({data}, {value['dtype']!r})"
    reshape = "" if len(value["shape"]) == 1 else f".reshape({value['shape']})"
    return f"numpy.array([{data}], {value['dtype']!r}){reshape}"


def mapping(pairs: Json) -> str:
    """Gradients, one of which may be the weight itself."""
    given = [f"{shown_key(k)}: {array(v) if 'data' in v else f'weights[{shown_key(k)}].value'}" for k, v in pairs]
    return f"{{{', '.join(given)}}}"


def states(weights: Json, state: str) -> str:
    arrays = {str(k): v for k, v in weights}
    made = []
    for written, value in weights:
        given = array(arrays[str(value["tied"])] if "tied" in value else value)
        made.append(f"{shown_key(written)}: {given if 'plain' in value else state.format(given)}")
    return f"{{{', '.join(made)}}}"
