"""Reads the scalars in event files of TensorBoard, which consist of protocol buffers.

A record is its length (8 bytes), a checksum (4), the data, and a checksum (4): CRC-32C, rotated and shifted.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator

from .errors import LogError

LENGTH = 8  # bytes that say how long a record is
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
STEP, SUMMARY, VALUE = 2, 5, 1  # fields of an event, and of its summary
TAG, SIMPLE_VALUE, TENSOR = 1, 2, 8  # of a value
TYPE, CONTENT, FLOATS, DOUBLES = 1, 4, 5, 6  # of a tensor
FORMATS = {1: "<f", 2: "<d"}  # the types of tensors that are read
CASTAGNOLI, MASK = 0x82F63B78, 0xA282EAD8

Field = tuple[int, int | bytes]


def is_event_file(beginning: bytes) -> bool:
    """Whether a file begins with the length of a short record, which no text does."""
    return len(beginning) > LENGTH and not any(beginning[1:LENGTH])


def scalars(data: bytes) -> dict[str, list[tuple[int, float]]]:
    """Steps and values of each scalar. Raises LogError where the file is cut off or damaged."""
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for at, record in _records(data):
        try:
            fields = list(_fields(record))
            step = next((value for field, value in fields if field == STEP), 0)
            for summary in (value for field, value in fields if field == SUMMARY):
                for tag, value in _values(summary):
                    points[tag].append((_signed(int(step)), value))
        except (IndexError, ValueError, struct.error):
            raise _damaged(at) from None
    return dict(points)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each record begins, and what is in it."""
    at = 0
    while at < len(data):
        header = data[at : at + 8]
        length = int.from_bytes(header, "little")
        if len(data) - at < 12 or (_is_whole(header, data[at + 8 : at + 12]) and at + 16 + length > len(data)):
            raise LogError(f"the event file is cut off in the record at byte {at}")
        end = at + 12 + length
        if not (_is_whole(header, data[at + 8 : at + 12]) and _is_whole(data[at + 12 : end], data[end : end + 4])):
            raise _damaged(at)
        yield at, data[at + 12 : end]
        at = end + 4


def _damaged(at: int) -> LogError:
    return LogError(f"the event file is damaged in the record at byte {at}")


def _is_whole(data: bytes, checksum: bytes) -> bool:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    masked = (((crc >> 15) | (crc << 17)) + MASK) & 0xFFFFFFFF
    return masked == int.from_bytes(checksum, "little")


def _crc_of_byte(crc: int) -> int:
    for _ in range(8):
        crc = (crc >> 1) ^ (CASTAGNOLI if crc & 1 else 0)
    return crc


CRC_TABLE = [_crc_of_byte(byte) for byte in range(256)]


def _signed(varint: int) -> int:
    """A number of 64 bits, with its sign."""
    return varint - (1 << 64) if varint >> 63 else varint


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
            raise ValueError(kind)
        size = varint() if kind == BYTES else {FIXED64: 8, FIXED32: 4}[kind]
        if at + size > len(data):
            raise IndexError(at)
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
            form = FORMATS.get(int(tensor.get(TYPE, 0)), "")
            if form and len(data) == struct.calcsize(form):
                yield tag, struct.unpack(form, data)[0]


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
