"""The search lane: random scenarios, compared with the oracle after every operation.

Start with ``draw``, which makes scenarios. ``session.test_search`` runs them (``--optimspec-fuzz``), and ``adopt`` adds
one to the corpus.

Imports ``cases``, ``classes``, ``oracle`` and ``scenarios``.
"""
