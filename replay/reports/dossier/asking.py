"""The dossier that was asked for: both moments found in the log, and what they cannot tell beside them."""

from dataclasses import replace
from typing import Any

from engine.log.eventlog import EventLog
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
    checkpoint = _checkpoint(log, now.known_at)
    return dossier(then, now, candidate, Provenance(engine_version(), recorded, declared, checkpoint))


def _checkpoint(log: EventLog, last: int) -> dict[str, Any] | None:
    """The checkpoint that the events up to a position were held against; None where there was none."""
    witness = log.witnesses.standing(last)
    if witness is None and not log.witnesses.contradictions:
        return None
    stated = witness.checkpoint if witness else None
    return {
        "file": witness.file if witness else None,
        "origin": stated.origin if stated else None,
        "size": stated.size if stated else None,
        "root": stated.root.hex() if stated else None,
        "signed_by": list(witness.signed_by) if witness else [],
        "contradictions": list(log.witnesses.contradictions),
    }
