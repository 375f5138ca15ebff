"""The search lane: random scenarios, compared with the oracle after every operation.

``draw`` makes scenarios, ``test_search`` runs them under pytest with ``--optimspec-fuzz``, ``adopt`` commits one.

Imports ``session``, ``cases`` and what is below them.
"""
