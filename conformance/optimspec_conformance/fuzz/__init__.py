"""The search lane: random scenarios, compared with the oracle after every operation.

``draw`` makes scenarios, ``adopt`` commits one. ``session.test_search`` runs them, with ``--optimspec-fuzz``.

Imports ``cases`` and what is below it.
"""
