"""From a result to the events that say it: the fact, its correction, its retraction."""

from collections.abc import Mapping
from typing import Any

import orjson

from engine.intake.feeds.identity import correction_id, retraction_id
from engine.intake.feeds.known import RESULT, KnownFact
from engine.intake.feeds.result import LabResult
from engine.quantities import paris_text

CORRECTED, RETRACTED = "snagc.event.corrected.v1", "snagc.event.retracted.v1"
BY_LABORATORY = "corrected by the laboratory"
IN_ERROR = "withdrawn by the laboratory"
OTHER_PATIENT = "sent again by the laboratory under another patient"
_CHANGING = ("value", "unit", "comparator")


def recorded(result: LabResult, candidate: str, id_: str) -> bytes:
    """The fact."""
    return _event(result.source, id_, RESULT, f"candidate/{candidate}", str(result.sampled), _data(result))


def corrected(result: LabResult, known: KnownFact) -> tuple[str, bytes]:
    """The correction that makes a known fact say what a result does, by its id."""
    fact, sampled, new = known.fact, result.sampled, _data(result)
    assert fact is not None, "a retracted fact is not corrected"
    assert sampled is not None, "a result without a sampling corrects nothing"
    changed = {name: new.get(name) for name in _CHANGING if new.get(name) != fact.data.get(name)}
    data: dict[str, Any] = {"event": _reference(result.source, known), "reason": BY_LABORATORY}
    if changed:
        data["data"] = changed
    if sampled.instant != fact.instant:
        data["time"] = str(sampled)
    id_ = correction_of(result, known)
    return id_, _event(result.source, id_, CORRECTED, known.subject, str(sampled), data)


def correction_of(result: LabResult, known: KnownFact) -> str:
    """The id of the correction that makes a fact say what a result does."""
    assert result.sampled is not None, "a result without a sampling corrects nothing"
    new = _data(result)
    content = (*(str(new.get(name)) for name in _CHANGING), str(result.sampled.instant))
    return correction_id(known.id, result.version, content)


def retracted(source: str, version: str | None, known: KnownFact, reason: str) -> tuple[str, bytes]:
    """The retraction of a known fact, by its id."""
    assert known.fact is not None, "a retracted fact is not retracted again"
    id_ = retraction_id(known.id, version)
    data = {"event": _reference(source, known), "reason": reason}
    return id_, _event(source, id_, RETRACTED, known.subject, paris_text(known.fact.instant), data)


def _data(result: LabResult) -> dict[str, Any]:
    measured = result.measured
    assert measured is not None, "a result without a value is no fact"
    given = {
        "analyte": result.analyte,
        "value": measured.value,
        "unit": measured.unit,
        "comparator": measured.comparator,
        "origin": result.origin,
    }
    return {name: value for name, value in given.items() if value is not None}


def _reference(source: str | None, known: KnownFact) -> dict[str, Any]:
    return {"source": source, "id": known.id}


def _event(source: str | None, id_: str, type_: str, subject: str, time: str, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({
        "specversion": "1.0", "source": source, "id": id_, "type": type_, "subject": subject, "time": time,
        "data": data,
    })  # fmt: skip
