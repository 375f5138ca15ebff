"""Reads the scalars in event files of TensorBoard, which consist of protocol buffers.

A record is its length (8 bytes), a checksum (4), the data, and a checksum (4).
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .errors import LogError

VERSION = b"brain.Event:"  # in the first record
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
STEP, SUMMARY, VALUE = 2, 5, 1  # fields of an event, and of its summary
TAG, SIMPLE_VALUE, TENSOR = 1, 2, 8  # of a value
CONTENT, FLOATS, DOUBLES = 4, 5, 6  # of a tensor

Field = tuple[int, int | bytes]


def is_event_file(path: Path) -> bool:
    with path.open("rb") as file:
        return VERSION in file.read(64)


def scalars(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Steps and values of each scalar. Raises LogError where the file is cut off."""
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for record in _records(path.read_bytes()):
        fields = list(_fields(record))
        step = next((value for field, value in fields if field == STEP), 0)
        for summary in (value for field, value in fields if field == SUMMARY):
            for tag, value in _values(summary):
                points[tag].append((int(step), value))
    return dict(points)


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        if at + 16 + length > len(data):
            raise LogError(f"the event file is cut off in the record at byte {at}")
        yield data[at + 12 : at + 12 + length]
        at += 16 + length


def _fields(data: bytes) -> Iterator[Field]:
    """The fields of a message: numbers, or bytes, also where their length is fixed."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        field, kind = divmod(varint(), 8)
        if kind == VARINT:
            yield field, varint()
            continue
        if kind not in (FIXED64, BYTES, FIXED32):
            raise LogError("a record of the event file cannot be read")
        size = {FIXED64: 8, FIXED32: 4}.get(kind) or varint()
        yield field, data[at : at + size]
        at += size


def _values(summary: int | bytes) -> Iterator[tuple[str, float]]:
    for field, value in _fields(_bytes(summary)):
        if field != VALUE:
            continue
        parts = dict(_fields(_bytes(value)))
        tag = _bytes(parts.get(TAG, b"")).decode()
        if SIMPLE_VALUE in parts:
            yield tag, struct.unpack("<f", _bytes(parts[SIMPLE_VALUE]))[0]
        elif TENSOR in parts:
            tensor = dict(_fields(_bytes(parts[TENSOR])))
            data = _bytes(tensor.get(CONTENT) or tensor.get(FLOATS) or tensor.get(DOUBLES) or b"")
            if len(data) in (4, 8):
                yield tag, struct.unpack("<f" if len(data) == 4 else "<d", data)[0]


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
