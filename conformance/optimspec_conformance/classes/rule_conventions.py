"""What the conventions of several optimizers share."""

from __future__ import annotations

from typing import Any


def _decayed_before(
    self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any
) -> Any:
    return original(g - decay * p, slots, p - lr * decay * p, lr, k, shape, decay)


DECAYED_BEFORE = {"overrides": {"_apply": _decayed_before}}  # for a class whose weight decay is coupled
