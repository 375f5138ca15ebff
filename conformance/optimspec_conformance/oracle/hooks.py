"""What goes on around a scheduler or an optimizer of the oracle."""

from __future__ import annotations

import copy

from ..scenarios.values import Json


class FaultHooks:
    """What goes on around an object, and is no matter to it. A fault makes it one."""

    def scribbled(self, target: str) -> None:
        """Somebody overwrites an argument, what was handed out, or a state."""

    def looked_at(self) -> None: ...
    def beside_another(self) -> None: ...

    def changed(self) -> list[str]:
        """The arrays of somebody else that a step has changed."""
        return []

    def sent(self, state: Json, via: str | None) -> Json:
        """A state as it arrives: a fault's may be more than a snapshot."""
        return state if via is None else copy.deepcopy(state)
