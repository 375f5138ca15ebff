"""The conformance kit of optimspec: ``pytest --pyargs optimspec_conformance --impl=X``.

A check goes down these rooms, and each imports only from those below it::

    cli, plugin             the command line; the hooks of pytest
    session, logs           what pytest collects, and the run; training logs against a schedule
    reports                 results of a run: record, page, badge, summary
    verdict, fuzz           judges a case, explains a failure; draws random scenarios
    cases, faults, adapters the committed cases; the bank of faults; adapters for libraries
    oracle, implementations the exact trace of a scenario; the observed one
    classes                 formula, domains, own cases and faults of each class
    scenarios, specification
                            plain data; the requirements, read from spec/

Where to look:

- *Where does a golden check run?* ``vectors/`` has the cases; ``session.collection`` makes them pytest items, and
  ``verdict.judge.judge`` runs one and compares it (``cases.comparison``).
- *How is a diagnosis named?* By the fault whose trace is the observed one: ``verdict.diagnosis.Diagnosis``, faults from
  ``faults.bank`` and the modules of ``classes``.
- *How is a class added?* A module in ``classes/`` with a ``DEFINITION``; ``classes.definition`` explains the fields,
  CONTRIBUTING.md the steps.
- *How does an adapter work?* It gives an ``implementations.native.NativeImplementation`` over classes with the native
  API; ``adapters.functional`` and ``adapters.torch`` are examples, docs/adapters.md is the guide.
"""

__version__ = "0.1.0"
