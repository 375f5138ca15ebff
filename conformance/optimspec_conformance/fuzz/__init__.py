"""The search lane: random scenarios, compared with the oracle after every operation.

``draw`` makes scenarios, ``adopt`` adds one to the corpus; ``session.test_search`` runs them (``--optimspec-fuzz``).

Imports ``cases`` and what is below it.
"""
