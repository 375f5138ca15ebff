"""A scenario as a few lines of Python in the native API, for whoever wants to see a difference without the kit."""

from __future__ import annotations

from .scenario import Json, Row, Scenario


def snippet(module: str, scenario: Scenario, rows: int) -> list[str]:
    """The lines that lead to row ``rows`` of the trace; row 0 is construction."""
    lines = [f"import {module} as m"]
    if "scheduler" in scenario:
        lines.append(f"scheduler = {call(scenario['scheduler'])}")
    if "optimizer" in scenario:
        lines.append(f"optimizer = {call(scenario['optimizer'])}")
        if scenario["weights"] is not None:
            lines.append(f"optimizer.register_trainable_weights({states(scenario['weights'])})")
    for row in scenario["do"][:rows]:
        lines += operation(row, scenario)
    if "scheduler" in scenario:
        lines.append("print(scheduler.last_epoch, scheduler.get_last_lr())")
    if "optimizer" in scenario:
        lines.append("print(optimizer.current_lr)  # and the weights' values")
    return lines


def operation(row: Row, scenario: Scenario) -> list[str]:
    match row:
        case {"op": "scheduler.step", "epoch": epoch}:
            return [f"scheduler.step(epoch={literal(epoch)})"]
        case {"op": "scheduler.step", "metric": metric}:
            return [f"scheduler.step({literal(metric)})"]
        case {"op": "scheduler.step", "n": n}:
            return [f"for _ in range({n}): scheduler.step()"]
        case {"op": "scheduler.step"}:
            return ["scheduler.step()"]
        case {"op": "new", "optimizer": optimizer}:
            return [f"optimizer = {call(optimizer)}"]
        case {"op": "scheduler.new"}:
            return [f"scheduler = {call(row['scheduler'] if 'scheduler' in row else scenario['scheduler'])}"]
        case {"op": "optimizer.step" | "optimizer.update", "grads": grads}:
            given = literal(grads["raw"]) if isinstance(grads, dict) else mapping(grads)
            times = f"for _ in range({row['n']}): " if "n" in row else ""
            return [f"{times}{row['op']}({given})"]
        case {"op": "optimizer.add_param_group", "weights": weights}:
            options = "".join(f", {name}={literal(row[name])}" for name in ("lr", "weight_decay") if name in row)
            return [f"optimizer.add_param_group({states(weights)}{options})"]
        case {"op": "optimizer.register", "weights": weights}:
            return [f"optimizer.register_trainable_weights({states(weights)})"]
        case {"op": "scheduler.save" | "optimizer.save" as op, "as": name}:
            via = {"pickle": "pickle.loads(pickle.dumps({}))", "json": "json.loads(json.dumps({}, allow_nan=False))"}
            way = via.get(row.get("via", ""), "copy.deepcopy({})" if row.get("via") == "deepcopy" else "{}")
            return [f"{name} = {way.format(op.split('.')[0] + '.state_dict()')}"]
        case {"op": "scheduler.load" | "optimizer.load" as op, "from": name}:
            return [f"{op.split('.')[0]}.load_state_dict({name})"]
        case {"op": "read"}:
            return []
    details = ", ".join(f"{name}={value}" for name, value in row.items() if name != "op")
    return [f"# {row['op']} {details}".rstrip()]


def call(spec: Scenario) -> str:
    arguments = []
    for name, value in spec.items():
        if name == "class":
            continue
        arguments.append(f"{name}={literal(value)}")
    return f"m.{spec['class']}({', '.join(arguments)})"


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


def key(written: Json) -> str:
    if isinstance(written, dict):
        return f"({', '.join(map(key, written['tuple']))},)"
    return repr(written)


def array(value: Json) -> str:
    if "data" not in value:
        return "the weight's own array"
    data = ", ".join(value["data"])
    if value["shape"] == []:
        return f"numpy.array({data}, {value['dtype']!r})"
    reshape = "" if len(value["shape"]) == 1 else f".reshape({value['shape']})"
    return f"numpy.array([{data}], {value['dtype']!r}){reshape}"


def mapping(pairs: Json) -> str:
    return "{" + ", ".join(f"{key(k)}: {array(v)}" for k, v in pairs) + "}"


def states(weights: Json) -> str:
    return "{" + ", ".join(f"{key(k)}: m.ParamState({array(v)})" for k, v in weights) + "}"
