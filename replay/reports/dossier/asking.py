"""The dossier that was asked for: both moments found in the log, and what they cannot tell beside them."""

from dataclasses import replace
from typing import Any

from engine.log.imports import recorded_times_note
from replay.reports.dossier.content import Provenance, dossier
from replay.run.asked import Asked
from replay.run.version import engine_version


def dossier_document(asked: Asked, offer: str, candidate: str | None) -> dict[str, Any]:
    """The document of ``dossier``: the decision as known just before the offer, and what was known later."""
    log = asked.log
    then = replace(asked, known_at=None).moment(offer)
    now = replace(asked, known_at=asked.known_at or "now").moment(offer)
    declared = recorded_times_note(log, then.known_at) is not None if then.known_at else False
    recorded = log.fact(now.known_at or 1).recorded
    return dossier(then, now, candidate, Provenance(engine_version(), recorded, declared))
