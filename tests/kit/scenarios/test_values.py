"""Arrays of scenarios lie in memory so that a library that keeps one, and does not copy it, is always seen."""

from __future__ import annotations

import numpy as np
import pytest
from optimspec_conformance.scenarios.values import ALIGNMENT, array, decode_array


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [[], [0], [1], [3], [2, 3]])
def test_an_array_lies_at_an_address_of_which_nothing_is_copied(dtype: str, shape: list[int]) -> None:
    data = [0.5 * i for i in range(int(np.prod(shape)))]
    held = [
        decode_array(array(data, shape) | {"dtype": dtype}) for _ in range(20)
    ]  # some addresses are right by chance
    assert {one.__array_interface__["data"][0] % ALIGNMENT for one in held if one.size} <= {0}
    for one in held:
        assert (one.dtype, list(one.shape), one.ravel().tolist()) == (np.dtype(dtype), shape, data)
        assert one.flags.c_contiguous
        assert one.flags.writeable
