"""Reading a log: CSV, JSON Lines, the ``trainer_state.json`` of transformers, or an event file of TensorBoard."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ..classes.definition import Array
from . import events
from .errors import LogError
from .log import ROWS, Log, checked
from .printed import SINGLE_PRECISION, printed

STANDARD_INPUT = "-"
LARGEST = 1 << 53  # step: up to it, each whole number is one of double precision
SAMPLE = 512  # rates of a block whose digits are examined
STEP_NAMES = ("step", "global_step", "_step", "iteration", "iter", "num_updates", "update", "t", "epoch")
RATE = re.compile(r"(.*_)?(lr|learning_rate)(_?\d+|_.*)?|rate|last_lr")  # lr-Adam/pg1, train/learning_rate, lr_0
SHOWN = 80  # characters of a wrong entry
SEPARATORS = (",", "\t", ";")
GROUP_NAMES = ("group", "param_group")
METRIC_NAMES = ("metric", "eval_loss", "val_loss", "loss")


@dataclass(frozen=True)
class Columns:
    """The columns to read; where one is None, it is found by its name."""

    step: str | None = None
    rate: str | None = None
    metric: str | None = None
    group: int = 0


def read(name: str, columns: Columns, *, with_metric: bool = False) -> Log:
    """The log in a file; ``-`` is standard input. Raises LogError in one sentence where it cannot be read."""
    try:
        with nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else Path(name).open("rb") as file:
            first = file.readline()
            if events.is_event_file(first):
                return _read_events(first + file.read(), columns)
            rest = io.TextIOWrapper(file, encoding="utf-8", newline="")
            try:
                return _read_text(first.decode("utf-8-sig"), rest, columns, with_metric)
            finally:
                rest.detach()
    except csv.Error as error:
        raise LogError(f"{name} is no CSV: {error}") from None
    except OSError as error:
        raise LogError(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LogError(f"{name} is no text, and no event file of TensorBoard") from None


def _read_text(first: str, file: TextIO, columns: Columns, with_metric: bool) -> Log:
    if not first.strip():
        raise LogError("the log is empty")
    if first.lstrip().startswith("["):
        return _read_list(first + file.read(), columns, with_metric)
    if not first.lstrip().startswith("{"):
        return _read_csv(first, file, columns, with_metric)
    try:
        entry = _json(first)
    except ValueError:
        return _read_trainer_state(first + file.read(), columns, with_metric)
    if "log_history" in entry:
        return _read_trainer_state(first + file.read(), columns, with_metric)
    return _read_entries(_json_lines(first, file), columns, with_metric)


# ------------------------------------------------------------------------------------------------------------------ CSV


def _read_csv(first: str, file: TextIO, columns: Columns, with_metric: bool) -> Log:
    separator = max(SEPARATORS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    if len(header) < 2:
        raise LogError("the first line has no columns: a log is CSV, JSON Lines, a trainer_state.json or an event file")
    if all(_is_number(name) for name in header):
        raise LogError("the first line has no names of columns, such as step,lr")
    chosen = _ChosenColumns.of(header, columns, with_metric)
    places = [header.index(name) for name in chosen.names]
    group = header.index(chosen.group) if chosen.group else None

    def rows(lines: list[str]) -> list[list[str]]:
        width = max(*places, group or 0) + 1
        block = list(filter(None, csv.reader(lines, delimiter=separator)))
        if short := next((row for row in block if len(row) < width), None):
            line = f"a line has {len(short)} of {len(header)} columns, {','.join(short)}"
            raise LogError(f"{line}: is the file cut off?")
        if block and not block[-1][places[1]] and not lines[-1].endswith("\n"):
            raise LogError("the last line ends before its rate: is the file cut off?")
        return [
            [row[place] for place in places]
            for row in block
            if row[places[1]] and (group is None or row[group] == str(columns.group))
        ]

    left_out: list[str] = []

    def blocks() -> Iterator[tuple[Array, list[str]]]:
        while lines := list(islice(file, ROWS)):
            if _may_be_cut(lines, places[1], separator):
                left_out.append(lines.pop())
            if not any(map(str.strip, lines)):
                continue
            try:  # the fast way: no cell is empty, and there is one group
                if group is not None:
                    raise ValueError
                numbers = np.loadtxt(lines, delimiter=separator, usecols=places, quotechar='"', comments=None, ndmin=2)
                yield numbers, [row[1] for row in rows(lines[:: max(len(lines) // SAMPLE, 1)])]
            except ValueError:
                yield _converted(rows(lines), chosen.names)

    log = _collected(blocks())
    return replace(log, left_out=f"left out, as it may be cut off: the last line, {left_out[0]}") if left_out else log


def _may_be_cut(lines: list[str], place: int, separator: str) -> bool:
    """Whether the last line does not end, and its last cell is a rate that is shorter than the one before."""
    if lines[-1].endswith("\n") or len(lines) < 2:
        return False
    before, last = ([*csv.reader([line], delimiter=separator)][:1] or [[]] for line in lines[-2:])
    return len(last[0]) == place + 1 <= len(before[0]) and 0 < len(last[0][place]) < len(before[0][place].strip())


def _converted(rows: list[list[str]], names: list[str]) -> tuple[Array, list[str]]:
    """Rows of texts as numbers, and some of the rates as texts."""
    try:
        numbers = np.array([list(map(float, row)) for row in rows]).reshape(-1, len(names))
    except ValueError:
        wrong = next(
            (text, name) for row in rows for text, name in zip(row, names, strict=True) if not _is_number(text)
        )
        raise LogError(f"“{wrong[0]}” in the column {wrong[1]} is no number") from None
    return numbers, [row[1] for row in rows[:: max(len(rows) // SAMPLE, 1)]]


def _collected(blocks: Iterable[tuple[Array, list[str]]]) -> Log:
    """The log of many rows, which come in blocks, since texts take much more memory than numbers."""
    parts = list(blocks)
    if not parts:
        raise LogError("the log has no rate")
    steps, rates, *metrics = np.concatenate([numbers for numbers, _ in parts]).T
    texts = [text for _, sample in parts for text in sample]
    return checked(_whole(steps), np.ascontiguousarray(rates), printed(texts), *metrics)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _whole(steps: Array) -> Array:
    if (large := steps[np.abs(steps) > LARGEST]).size and np.isfinite(large[0]):
        raise LogError(f"the step {large[0]:g} is too large: steps are whole numbers up to 2^53")
    if not np.isfinite(steps).all() or (steps != np.floor(steps)).any():
        wrong = steps[~np.isfinite(steps) | (steps != np.floor(steps))][0]
        raise LogError(f"the step {wrong:g} is no whole number: name the column of the steps with --step")
    whole: Array = steps.astype(np.int64)
    return whole


# ----------------------------------------------------------------------------------------------------------------- JSON


def _loaded(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)


def _json(text: str) -> dict[str, Any]:
    """An object whose numbers stay texts, with the digits that they have in the file."""
    entry = _loaded(text)
    if not isinstance(entry, dict):
        raise LogError("a line of the log is no JSON object")
    return entry


def _json_lines(first: str, file: TextIO) -> Iterator[dict[str, Any]]:
    yield _json(first)
    for line, text in enumerate(file, 2):
        try:
            if text.strip():
                yield _json(text)
        except ValueError:
            raise LogError(f"line {line} is no whole JSON object: is the file cut off?") from None


def _read_list(text: str, columns: Columns, with_metric: bool) -> Log:
    """A list of entries, such as the log_history of transformers alone."""
    try:
        entries = _loaded(text)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            raise LogError("a line of the log is no JSON object") from None
        raise LogError("the file is no whole JSON: is it cut off?") from None
    return _read_entries(entries, columns, with_metric)


def _read_trainer_state(text: str, columns: Columns, with_metric: bool) -> Log:
    try:
        state = _json(text)
    except ValueError:
        raise LogError("the file is no whole JSON: is it cut off?") from None
    if not isinstance(state.get("log_history"), list):
        raise LogError("the JSON has no log_history, as the trainer_state.json of transformers has")
    return _read_entries(state["log_history"], columns, with_metric)


def _read_entries(entries: Iterable[dict[str, Any]], columns: Columns, with_metric: bool) -> Log:
    """Entries with a rate; others, such as those of an evaluation, are left out."""
    rest = iter(entries)
    blocks = iter(lambda: list(islice(rest, ROWS)), [])
    header: dict[str, None] = {}
    read: list[dict[str, Any]] = []  # before the columns are found
    chosen = None
    for block in blocks:
        if not all(isinstance(entry, dict) for entry in block):
            raise LogError("the JSON is no list of objects")
        read += block
        header |= dict.fromkeys(name for entry in block for name in entry)
        try:
            chosen = _ChosenColumns.of(list(header), columns, with_metric)
            break
        except LogError:
            if len(block) == ROWS:  # the columns may come later
                continue
            raise
    if chosen is None:
        raise LogError("the log has no entry")
    names, group = chosen.names, chosen.group

    def rows(block: list[dict[str, Any]]) -> list[list[str]]:
        return [
            [_cell(entry, name, columns.group) for name in names]
            for entry in block
            if entry.get(names[1]) is not None and (group is None or str(entry.get(group)) == str(columns.group))
        ]

    return _collected(_converted(rows(block), names) for block in chain([read], blocks))


def _cell(entry: dict[str, Any], name: str, group: int) -> str:
    """A number of an entry, as text; of a list of rates, that of a group."""
    value = entry.get(name)
    if isinstance(value, list) and RATE.fullmatch(_plain(name)) and group < len(value):
        value = value[group]
    if value is None:
        raise LogError(f"an entry has no {name}: {json.dumps(entry)[:SHOWN]}")
    if isinstance(value, list | dict):
        raise LogError(f"the {name} of an entry is no number: {json.dumps(entry)[:SHOWN]}")
    return str(value)


# ---------------------------------------------------------------------------------------------------------- TensorBoard


def _read_events(data: bytes, columns: Columns) -> Log:
    if columns.step is not None:
        raise LogError("an event file of TensorBoard has one column of steps: leave --step out")
    scalars = events.scalars(data)
    chosen = _ChosenColumns.of(["step", *scalars], Columns(None, columns.rate, None, columns.group), False)
    points = scalars[chosen.names[1]]
    steps = np.array([step for step, _ in points])
    return checked(steps, np.array([value for _, value in points]), SINGLE_PRECISION)


# -------------------------------------------------------------------------------------------------------------- columns


@dataclass(frozen=True)
class _ChosenColumns:
    """The ``names`` of step, rate and, if needed, metric; and the column of the ``group``, if there is one."""

    names: list[str]
    group: str | None

    @staticmethod
    def of(header: list[str], columns: Columns, with_metric: bool) -> _ChosenColumns:
        step = _column("step", columns.step, _named(header, STEP_NAMES), header)
        rates = [name for name in header if RATE.fullmatch(_plain(name))]
        group = next(iter(_named(header, GROUP_NAMES)), None)
        if columns.rate is None and group is None and len(rates) > 1:
            if columns.group >= len(rates):
                raise LogError(f"there is no group {columns.group}: the rates are {', '.join(rates)}")
            rates = rates[columns.group :]
        names = [step, _column("rate", columns.rate, rates, header)]
        if with_metric:
            names.append(_column("metric", columns.metric, _named(header, METRIC_NAMES), header))
        return _ChosenColumns(names, group)


def _column(what: str, wanted: str | None, likely: list[str], header: list[str]) -> str:
    if wanted is not None and wanted not in header:
        raise LogError(f"there is no column {wanted}; the columns are {', '.join(header)}")
    if wanted is None and not likely:
        raise LogError(f"no column looks like the {what}: name one of {', '.join(header)} with --{what}")
    return likely[0] if wanted is None else wanted


def _plain(name: str) -> str:
    """A name in small letters, with underscores alone: ``train/Learning-Rate`` is ``train_learning_rate``."""
    return re.sub(r"\W", "_", name.lower().strip())


def _named(header: list[str], names: tuple[str, ...]) -> list[str]:
    return [
        column for name in names for column in header if name in (_plain(column), _plain(column.rpartition("/")[2]))
    ]
