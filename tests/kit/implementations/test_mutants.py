"""What can go wrong in a program is called by its name: the example in C, changed in one place each time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.cli import common, main
from optimspec_conformance.implementations.processes import program
from optimspec_conformance.implementations.processes.program import Program
from optimspec_conformance.verdict.diagnosis import Diagnosis
from optimspec_conformance.verdict.judge import FAILING, judge
from optimspec_conformance.verdict.known_failures import KnownFailures
from runs import ROOT
from skeletons import PROVIDED, C

SOURCE = (ROOT / "examples/c/schedules.c").read_text(encoding="utf-8")
CASES: list[CommittedCase] = [case for case in cases() if case.subject in PROVIDED]
FAILURES = 12  # whose texts are read
TRACE = 'return json_pack("{s:O, s:o}", "id", id, "trace", trace);'
ERROR = 'json_pack("{s:{s:s, s:s}}", "error", "kind", kind, "message", message)'
FINITE = 'if (!isfinite(x)) return json_pack("{s:s}", "float", isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");'
LR = 'json_object_set_new(row, "lr", rates);'
T = 'json_object_set_new(row, "t", json_integer(run.scheduler.t));'
ARRAY = 'json_pack("{s:O, s:O, s:o}", "dtype", dtype, "shape", shape, "data", data)'
STEP = 'refuse("unsupported", "no operation %s", op);'

# What is changed, into what, and what is said of it.
MUTANTS: dict[str, tuple[str, str, str]] = {
    # messages
    "no flush": ("        fflush(stdout);\n", "", "flush the output after each answer"),
    "protocol 2": (r"\"protocol\": 1", r"\"protocol\": 2", "hello/protocol must be 1, as this kit speaks 1: got 2"),
    "unknown class": (r"\"ExponentialLR\",", r"\"ExponentLR\",", "did you mean ExponentialLR?"),
    "a word beside": (
        "if (reply) json_dumpf(",
        'puts("ok");\n        if (reply) json_dumpf(',
        "standard output has answers alone, in 'ok'",
    ),
    "many lines": (
        "json_dumpf(reply, stdout, 0)",
        "json_dumpf(reply, stdout, JSON_INDENT(1))",
        "an answer is one line",
    ),
    "short lines": (
        "    while (getline(&line, &size, stdin) > 0) {",
        "    line = malloc(4096), size = 4096;\n    while (fgets(line, (int)size, stdin)) {",
        "characters must be read to its end",
    ),
    "ids counted": (
        TRACE,
        'static int n; (void)id; return json_pack("{s:i, s:o}", "id", ++n, "trace", trace);',
        "id must be 1000007, that of the request: got 1,",
    ),
    "ids as strings": (
        TRACE,
        '(void)id; return json_pack("{s:s, s:o}", "id", "1", "trace", trace);',
        'id must be of type "integer": got "1"',
    ),
    "no id": (TRACE, '(void)id; return json_pack("{s:o}", "trace", trace);', 'the answer must have "id"'),
    # rows
    "no row for the construction": (
        "json_array_append_new(trace, observe());",
        "if (i) json_array_append_new(trace, observe());",
        "rows, for the construction and each operation",
    ),
    "no base": ('json_object_set_new(row, "base", bases);', "json_decref(bases);", 'trace/0 has no "base"'),
    "no t": (T, "", 'trace/0 has no "t"'),
    "t as a float": (T, 'json_object_set_new(row, "t", written(run.scheduler.t));', '/t must be of type "integer"'),
    "no opt_lr": (
        'if (o->size) json_object_set_new(row, "opt_lr", written(rate(schedule(o), 0)));',
        "",
        'trace/0 has no "opt_lr"',
    ),
    "one rate": (
        LR,
        'json_object_set_new(row, "lr", json_incref(json_array_get(rates, 0)));',
        'lr must be of type "array"',
    ),
    "another field": (LR, LR.replace('"lr"', '"rate"'), 'trace/0 must not have "rate"'),
    "keys as strings": (
        'json_pack("[O, o]", w->key, array)',
        'json_pack("[s, o]", json_is_string(w->key) ? json_string_value(w->key) : "7", array)',
        "trace/0/weights/1 must be [7, ",
    ),
    "no shape": (
        ARRAY,
        '((void)shape, json_pack("{s:O, s:o}", "dtype", dtype, "data", data))',
        'weights/0/1 must have "shape"',
    ),
    "flat arrays": (
        ARRAY,
        'json_pack("{s:O, s:[i], s:o}", "dtype", dtype, "shape", w->size, "data", data)',
        "'shape': [2, 3]",
    ),
    "n is ignored": (
        "run.scheduler.t + n;",
        "run.scheduler.t + 1;",
        "trace/3/t must be 4, after {'op': 'scheduler.step', ",
    ),
    # numbers
    "%g": ('"%.17g"', '"%g"', "these are 6 digits, as %g prints them: use %.17g"),
    "%f": ('"%.17g"', '"%f"', "these are 6 decimals, as %f prints them: use %.17g"),
    "%.15g": ('"%.17g"', '"%.15g"', "these are 15 digits"),
    "floats as JSON numbers": ("return json_string(digits);", "return json_real(x);", "a float is written as a string"),
    "nan as a string": (FINITE, "", 'it is written {"float": "nan"}'),
    "weights read in float32": (
        "w->value[j] = number(",
        "w->value[j] = (float)number(",
        "these are the nearest numbers of float32",
    ),
    "base rates in float32": (
        "s->base[i] = real(",
        "s->base[i] = (float)real(",
        "these are the nearest numbers of float32",
    ),
    # errors
    "kind ValueError": (
        '"kind", kind,',
        '"kind", strcmp(kind, "value") ? kind : "ValueError",',
        'for ValueError the protocol says "value"',
    ),
    "kind TypeError": (
        '"kind", kind,',
        '"kind", strcmp(kind, "type") ? kind : "TypeError",',
        'for TypeError the protocol says "type"',
    ),
    "one kind": ('"kind", kind,', '"kind", "error",', 'error/kind must be "value": got "error"'),
    "value for key": (
        'refuse("key", "SGD: a gradient has the key',
        'refuse("value", "SGD: a gradient has the key',
        'error/kind must be "key": got "value"',
    ),
    "key for value": (
        'refuse("value", "SGD: a gradient has another',
        'refuse("key", "SGD: a gradient has another',
        'error/kind must be "value": got "key"',
    ),
    "no message": (ERROR, 'json_pack("{s:{s:s}}", "error", "kind", kind)', 'error must have "message"'),
    "a string for an error": (ERROR, 'json_pack("{s:s}", "error", message)', 'error must be of type "object"'),
    "a refusal as a failure": (
        "            run = before;\n",
        '            return json_pack("{s:O, s:s}", "id", id, "error", message);\n',
        "what is refused is a row of the trace",
    ),
    "a message without a name": (
        '"%s: %s must be at least %lld, got %lld", who, name, low, n',
        '"%s: must be at least %lld, got %lld", who, low, n',
        "one that names T_max",
    ),
    "anything goes": (f"    else {STEP}\n", "", "an unknown operation must be answered by"),
    "nothing goes": (STEP, "exit(3);", "an unknown operation: the process: ended with exit code 3"),
    # what a library does
    "rates in float32": ("double b = base(s, i);", "double b = (float)base(s, i);", "rates in single precision"),
    "integer division": (
        "(double)(s->length - t) / (double)s->length)",
        "(double)((s->length - t) / s->length))",
        "an integer division",
    ),
    "no integer division": (
        "(double)(s->t / s->length)",
        "(double)s->t / (double)s->length",
        "smooth instead of stairs",
    ),
    "one step ahead": ("(double)s->t);", "(double)s->t + 1);", "off by one, the rate is one step ahead"),
    "always nesterov": ("o->nesterov ? x + o->momentum * v : v", "x + o->momentum * v", "always nesterov"),
    "dampening": ("velocity[e] + x)", "velocity[e] + (1 - o->momentum) * x)", "momentum dampened"),
    "no weight decay": (" + o->decay[w->group] * w->value[e];", ";", "weight decay ignored"),
    "a norm of each weight": (
        "        int j = 0;\n        while",
        "        int j = 0;\n        norm = 0;\n        while",
        "OPT-36",
    ),
    "float norms": (
        "norm = hypot(norm, g[j][e]);",
        "norm = hypotf((float)norm, (float)g[j][e]);",
        "computed in single precision",
    ),
    "the first group's rate": ("rate(schedule(o), w->group)", "rate(schedule(o), 0)", "have the first group's rate"),
    "any shape": (
        'refuse("value", "SGD: a gradient has another shape than its weight, or comes twice");',
        "(void)0;",
        "A gradient whose shape differs from that of its weight MUST be refused",
    ),
    "nothing comes back": ("            run = before;\n", "", "OPT-26"),
    "any gamma": ("s.class == STEP ? nextafter(1, 2) : 1, true)", "INFINITY, false)", "A `gamma` outside (0, 1)"),
    "nan is accepted": ("if (!isfinite(x) || x < low", "if (x < low", "that is infinite or nan"),
    "base rates are not loaded": (
        "        memcpy(run.scheduler.base, saved->base, sizeof saved->base);\n",
        "",
        "a load does not restore the base rates",
    ),
    "slots are not loaded": (
        "        memcpy(o->weights[i].velocity, state->weights[j].velocity, sizeof o->weights[i].velocity);\n",
        "",
        "a load drops the slots",
    ),
}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """What smoke says of a source, and if it finds nothing, the first failures."""
    if missing := C.missing():
        pytest.skip(f"NOT RUN: {missing} is not installed")
    monkeypatch.setattr(program, "START", 1.0)
    monkeypatch.setattr(common, "LIMIT", 2.0)
    gcc = shutil.which("gcc")
    assert gcc is not None

    def tell(source: str) -> str:
        (tmp_path / "schedules.c").write_text(source, encoding="utf-8")
        command = [gcc, "-w", "-O1", "-o", "schedules", "schedules.c", "-ljansson", "-lm"]
        subprocess.run(command, cwd=tmp_path, check=True)
        asked = CliRunner().invoke(main, ["smoke", f"cmd:{tmp_path}/schedules"])
        return asked.output if asked.exit_code == 2 else failures(tmp_path)

    return tell


def failures(folder: Path) -> str:
    found = Program("cmd:./schedules", folder, limit=2.0)
    diagnosis, texts = Diagnosis(found), []
    for case in CASES:
        verdict = judge(case, found, KnownFailures(), diagnosis)
        texts += [verdict.text] if verdict.result in FAILING else []
        if len(texts) == FAILURES:
            break
    found.close()
    return "\n".join(texts)


def test_at_least_forty_two_are_tried_and_all_are_named() -> None:
    assert len(MUTANTS) >= 42
    assert all(said for _, _, said in MUTANTS.values())


def test_of_the_example_itself_nothing_is_said(told: Callable[[str], str]) -> None:
    assert told(SOURCE) == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_called_by_its_name(told: Callable[[str], str], name: str) -> None:
    right, wrong, said = MUTANTS[name]
    assert SOURCE.count(right) == 1
    text = told(SOURCE.replace(right, wrong))
    assert said in text
