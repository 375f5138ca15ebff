"""What the kit knows about each class: exact formula, parameters and their domains, its own cases, known mistakes.

One module a class, in ``schedulers/``, ``composition/`` and ``optimizers/``, each with a ``DEFINITION``; ``catalogue``
lists them. To add a class, read ``definition`` and one module such as ``schedulers/exponential``.

Imports ``scenarios``. Modules of two classes never import each other.
"""
