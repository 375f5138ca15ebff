"""braintools: the classes of ``braintools.optim``, on weights that are ``brainstate.ParamState``."""

from __future__ import annotations

from importlib.metadata import version

from ..classes.catalogue import DEFINITIONS
from ..implementations.native import NativeImplementation
from .names import LibraryName


def names() -> dict[str, LibraryName]:
    """The specification has the names of braintools."""
    return {name: LibraryName(f"braintools.optim.{name}") for name in DEFINITIONS}


def implementation() -> NativeImplementation:
    """JAX keeps its default of 32 bits, as users of the library have it."""
    import brainstate
    import braintools
    import jax.numpy as jnp

    return NativeImplementation(
        "braintools.optim",
        braintools.optim,
        make_state=brainstate.ParamState,
        version=version("braintools"),
        make_array=lambda value: value if value.dtype == "float64" else jnp.asarray(value),  # never narrowed (OPT-12)
        state="brainstate.ParamState({})",
        base_optimizer=lambda optimizer: optimizer.tx,  # its Lookahead wraps a transformation of optax
        conventions={"ExponentialDecayLR": "optax", "ReduceLROnPlateau": "torch", "Adamax": "torch", "Rprop": "optax"},
    )
