"""What faults of the oracle's objects can override, beside their own methods."""

from __future__ import annotations

import copy

from ..scenarios.values import Json


class FaultHooks:
    """Hooks that the correct oracle ignores; faults override them."""

    def on_scribble(self, target: str) -> None:
        """Called when an argument, a returned list or a state is overwritten."""

    def on_read(self) -> None: ...
    def on_bystander(self) -> None: ...

    def changed_arrays(self) -> list[str]:
        """The arrays of the caller that a step has changed."""
        return []

    def round_trip(self, state: Json, via: str | None) -> Json:
        """A state after a round trip; that of a fault may be more than a snapshot."""
        return state if via is None else copy.deepcopy(state)
