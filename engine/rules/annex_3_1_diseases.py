"""Annex 3.1: the initial diseases and their Cristal codes.

The list itself is part of the event vocabulary, since registrations are checked against it; which of them
raise the risk after the graft is a dated figure, ``high_risk_diseases`` (annex 3.4.4.4).
"""

from engine.events.vocabulary import DISEASES


def disease_label(code: str) -> str:
    """The guide's label of a disease code."""
    return DISEASES[code]
