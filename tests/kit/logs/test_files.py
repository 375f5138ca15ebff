"""Logs are read from what trainers write; what cannot be read is said in one sentence."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from optimspec_conformance.logs.errors import LogError
from optimspec_conformance.logs.files import Columns, read
from optimspec_conformance.logs.log import ROWS, Log

STEPS, RATES = [0, 10, 20], [0.1, 0.05, 0.025]


def written(directory: Path, text: str, name: str = "log.csv") -> str:
    (directory / name).write_text(text, encoding="utf-8")
    return str(directory / name)


def check(log: Log) -> None:
    assert (log.steps.tolist(), log.rates.tolist(), log.starts) == (STEPS, RATES, (0,))


@pytest.mark.parametrize(
    "text",
    [
        "step,lr\n0,0.1\n10,0.05\n20,0.025\n",
        "\ufeffepoch,loss,learning_rate,global_step\n0,2.1,0.1,0\n0,,0.05,10\n1,1.9,0.025,20",
        'lr-SGD,"step",note\n0.1,0,"a, b"\n,5,\n0.05,10,\n0.025,20,\n',  # Lightning: an empty rate is none
        '{"step": 0, "train/lr": 0.1}\n\n{"step": 5, "val_loss": 1}\n{"step": 10, "train/lr": 0.05}\n'
        '{"step": 20, "train/lr": 0.025}\n',
        "step;lr\n0;0.1\n10;0.05\n20;0.025\n",
        "step\tlr\n0\t0.1\n10\t0.05\n20\t0.025\n",
        json.dumps([{"step": s, "lr": r} for s, r in zip(STEPS, RATES, strict=True)], indent=1),
        json.dumps(
            {
                "log_history": [
                    *({"step": s, "learning_rate": r} for s, r in zip(STEPS, RATES, strict=True)),
                    {"step": 20, "train_loss": 1},
                ]
            },
            indent=2,
        ),
    ],
)
def test_finds_the_columns_by_name(tmp_path: Path, text: str) -> None:
    check(read(written(tmp_path, text), Columns()))


def test_takes_the_columns_that_are_named(tmp_path: Path) -> None:
    text = "step,n,lr,eta\n7,0,1,0.1\n7,10,1,0.05\n7,20,1,0.025\n"
    check(read(written(tmp_path, text), Columns("n", "eta")))


@pytest.mark.parametrize(
    "text",
    [
        "step,lr/group0,lr/group1\n0,1,0.1\n10,1,0.05\n20,1,0.025\n",
        "step,group,lr\n0,0,1\n0,1,0.1\n10,0,1\n10,1,0.05\n20,0,1\n20,1,0.025\n",
    ],
)
def test_takes_one_group(tmp_path: Path, text: str) -> None:
    check(read(written(tmp_path, text), Columns(group=1)))


def test_a_list_of_rates_has_those_of_the_groups(tmp_path: Path) -> None:
    rows = [json.dumps({"step": s, "lr": [1.0, r]}) for s, r in zip(STEPS, RATES, strict=True)]
    check(read(written(tmp_path, "\n".join(rows)), Columns(group=1)))
    with pytest.raises(LogError, match="the lr of an entry is no number"):
        read(written(tmp_path, "\n".join(rows)), Columns(group=2))


def test_columns_may_come_late_in_a_long_log(tmp_path: Path) -> None:
    losses = ROWS * ['{"step": 0, "loss": 1}']
    rows = [json.dumps({"step": s, "lr": r}) for s, r in zip(STEPS, RATES, strict=True)]
    check(read(written(tmp_path, "\n".join([*losses, *rows])), Columns()))


@pytest.mark.parametrize("rest", ["", "0", "0.", "0.01", "1e-0"])
def test_a_last_line_that_may_be_cut_off_is_left_out(tmp_path: Path, rest: str) -> None:
    text = f"step,lr\n0,0.1\n10,0.05\n20,0.025\n30,{rest}"
    if not rest:
        with pytest.raises(LogError, match="the last line ends before its rate"):
            read(written(tmp_path, text), Columns())
        return
    log = read(written(tmp_path, text), Columns())
    check(log)
    assert log.left_out == f"left out, as it may be cut off: the last line, 30,{rest}"


def test_a_resume_repeats_steps(tmp_path: Path) -> None:
    log = read(written(tmp_path, "step,lr\n0,1\n1,1\n2,1\n1,1\n2,1\n3,1\n"), Columns())
    assert log.starts == (0, 3)


def checksum(data: bytes) -> bytes:
    """CRC-32C, as TensorBoard masks it; of "123456789" it is E3069283."""
    crc = 0xFFFFFFFF
    for bit in (byte >> i & 1 for byte in data for i in range(8)):
        crc = crc >> 1 ^ (0x82F63B78 if (crc & 1) != bit else 0)
    crc ^= 0xFFFFFFFF
    assert data != b"123456789" or crc == 0xE3069283
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


def scalar(step: int, tag: str, value: float, *, tensor: bool) -> bytes:
    packed = struct.pack("<f", value)
    told = field(8, b"\x08\x01" + field(4, packed)) if tensor else bytes([2 << 3 | 5]) + packed
    return record(b"\x09" + bytes(8) + bytes([2 << 3, step]) + field(5, field(1, field(1, tag.encode()) + told)))


@pytest.mark.parametrize("tensor", [False, True])
def test_reads_the_events_of_tensorboard(tmp_path: Path, tensor: bool) -> None:
    file = tmp_path / "events.out.tfevents.1"
    rows = [scalar(s, "train/lr", r, tensor=tensor) for s, r in zip(STEPS, RATES, strict=True)]
    content = record(b"\x09\n" + bytes(7) + field(3, b"brain.Event:2")) + scalar(0, "loss", 2, tensor=tensor)
    file.write_bytes(content + b"".join(rows))
    log = read(str(file), Columns())
    assert (log.steps.tolist(), log.rates.tolist()) == (STEPS, np.array(RATES, np.float32).tolist())
    with pytest.raises(LogError, match="leave --step out"):
        read(str(file), Columns(step="step"))
    file.write_bytes((content + b"".join(rows))[:-3])
    with pytest.raises(LogError, match="cut off"):
        read(str(file), Columns())


def test_events_that_are_cut_off_or_damaged_are_refused(tmp_path: Path) -> None:
    checksum(b"123456789")
    file = tmp_path / "events.out.tfevents.1"
    first = record(b"\x09" + bytes(8) + field(3, b"brain.Event:2"))
    content = first + b"".join(scalar(s, "lr", r, tensor=True) for s, r in zip(STEPS, RATES, strict=True))
    whole = {len(first) + i * (len(content) - len(first)) // 3 for i in range(1, 4)}
    for at in range(len(first) + 1, len(content)):
        if at not in whole:
            file.write_bytes(content[:at])
            with pytest.raises(LogError, match="cut off"):
                read(str(file), Columns())
    for at in range(len(first), len(content)):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(LogError, match=r"damaged|cut off"):
            read(str(file), Columns())


def test_a_checked_record_that_is_no_event_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.1"
    for bad in (b"\x2a\x7f", b"\x0b", b"\xff"):  # a length beyond the end, an unknown kind, half a number
        file.write_bytes(record(b"\x09" + bytes(8) + field(3, b"brain.Event:2")) + record(bad))
        with pytest.raises(LogError, match="damaged in the record at byte 40"):
            read(str(file), Columns())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the log is empty"),
        ("step,lr\n", "the log has no rate"),
        ("0,0.1\n1,0.1\n", "the first line has no names of columns"),
        ("step,loss\n0,1\n", "no column looks like the rate: name one of step, loss with --rate"),
        ("loss,lr\n0,1\n", "no column looks like the step"),
        ("step,lr\n0,0.1\n1,nan\n2,0.1\n", "the rate at step 1 is nan"),
        ("step,lr\n0,0.1\n1,inf\n2,0.1\n", "the rate at step 1 is inf"),
        ("step,lr\n0,0.1\n1,warm\n", "“warm” in the column lr is no number"),
        ("step,lr\n0,0.1\n0.5,0.1\n", "the step 0.5 is no whole number"),
        ("step,lr\n-1,0.1\n0,0.1\n", "there is a step -1"),
        ("step,loss,lr\n0,1,0.1\n1,1,0.1\n2,1", "a line has 2 of 3 columns, 2,1: is the file cut off?"),
        ("step,lr\n0,0.1\n1,0.1\n2,", "the last line ends before its rate: is the file cut off?"),
        ("step,lr\n0,1\n5,1\n3,1\n1,1\n8,1\n", "steps go back from 5 to 3 and do not go on from there"),
        ('{"step": 0, "lr": 0.1}\n{"step": 1, "l', "line 2 is no whole JSON object: is the file cut off?"),
        ('{"log_history": [\n{"step": 1, "learning_rate": 0.1},\n{"st', "no whole JSON: is it cut off?"),
        ('{\n"best": null}', "no log_history"),
        ("\n", "the log is empty"),
        ("[1, 2]", "the JSON is no list of objects"),
        ('[{"step": 0, "lr": 1},', "no whole JSON: is it cut off?"),
        ("step,lr\n0,1\n1e300,1\n", "the step 1e+300 is too large"),
        ('{"step": 0, "lr": 1}\n{"lr": 2}\n', 'an entry has no step: {"lr": "2"}'),
        ('{"log_history": []}', "the log has no entry"),
        ('{"log_history": [1, 2]}', "the JSON is no list of objects"),
        ('{"step": [0, 1], "lr": [1, 2]}', "the step of an entry is no number: {"),
        ('{"step": 0, "lr": {"a": 1}}', "the lr of an entry is no number: {"),
        ("[0, 1]\n[1, 1]\n", "a line of the log is no JSON object"),
        ('step,lr\n0,1\n1,"' + 200000 * "1", "is no CSV: field larger than field limit"),
        ("step 0 lr 0.1\nstep 1 lr 0.1\n", "the first line has no columns"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LogError) as caught:
        read(written(tmp_path, text), Columns())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (Columns(rate="eta"), "there is no column eta; the columns are step, lr, lr-1"),
        (Columns(step="n"), "there is no column n"),
        (Columns(group=2), "there is no group 2: the rates are lr, lr-1"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, columns: Columns, said: str) -> None:
    with pytest.raises(LogError, match=said):
        read(written(tmp_path, "step,lr,lr-1\n0,0.1,0.1\n"), columns)


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read: No such file"):
        read(str(tmp_path / "nosuch.csv"), Columns())
    (tmp_path / "model.pt").write_bytes(b"\x80\x81\xff" * 50)
    with pytest.raises(LogError, match="is no text"):
        read(str(tmp_path / "model.pt"), Columns())
