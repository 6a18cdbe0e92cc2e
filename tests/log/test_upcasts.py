"""A form stored long ago is read as today's; its bytes stay as they are."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from engine.events import upcasts
from engine.events.candidate import LabResultRecorded
from engine.events.upcasts import upcast_from
from engine.log.tree import tree_root
from tests.faults.hostile_support import CORRECTED, LAB, REGISTERED, SOURCE, event
from tests.intake.support import opened, query, states, take

OLD, OLDER = "snagc.lab-result.recorded.v0", "snagc.lab-result.reported.v0"
NOW_FORM = {"analyte": "creatinine", "unit": "umol/L", "value": "80"}


def raw(type_: str, id_: str, data: dict[str, Any]) -> bytes:
    """An event as an old version of the application stored it."""
    attributes = {
        "data": data,
        "id": id_,
        "recordedtime": "2019-02-01T10:00:00.000000Z",
        "source": SOURCE,
        "specversion": "1.0",
        "subject": "candidate/C1",
        "time": "2019-02-01T10:00:00+01:00",
        "type": type_,
    }
    return json.dumps(attributes, separators=(",", ":"), sort_keys=True).encode()


OLD_ROW = raw(OLD, "old", {"analyte": "creatinine", "unit": "umol/L", "result": "80"})
OLDER_ROW = raw(OLDER, "older", {"creatinine_umol_l": "80"})


@pytest.fixture(autouse=True)
def registered_upcasts() -> Iterator[None]:
    """Two steps: the oldest form to the old one, the old one to today's."""
    before = dict(upcasts.UPCASTS)

    @upcast_from(OLDER)
    def to_old(attributes: dict[str, Any]) -> dict[str, Any]:
        data = {"analyte": "creatinine", "unit": "umol/L", "result": attributes["data"]["creatinine_umol_l"]}
        return {**attributes, "type": OLD, "data": data}

    @upcast_from(OLD)
    def to_now(attributes: dict[str, Any]) -> dict[str, Any]:
        data = dict(attributes["data"])
        data["value"] = data.pop("result")
        return {**attributes, "type": f"snagc.{LAB}.v1", "data": data}

    yield
    upcasts.UPCASTS.clear()
    upcasts.UPCASTS.update(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log whose second and third events are of old forms, written past the engine."""
    path = tmp_path / "log.db"
    with opened(path) as log:
        take(log, event(REGISTERED, {"recordedtime": "2019-01-10T00:00:00Z"}), imported=True)
    ((stream,),) = query(path, "SELECT originator_id FROM stored_events")
    with closing(sqlite3.connect(path)) as connection:
        for number, (type_, state) in enumerate(((OLD, OLD_ROW), (OLDER, OLDER_ROW)), 2):
            connection.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)",
                (stream, number, type_, state),
            )
            connection.execute(
                "INSERT INTO identities VALUES (?, ?, ?, ?)", (SOURCE, json.loads(state)["id"], b"old", number)
            )
        connection.commit()
    return path


def stream_in(path: Path) -> UUID:
    """The one stream of the log."""
    ((stream,),) = query(path, "SELECT DISTINCT originator_id FROM stored_events")
    return UUID(hex=stream)


def test_the_history_reads_old_forms_as_todays(path: Path) -> None:
    with opened(path, create=False) as log:
        facts = log.history().of("candidate/C1").of_kind(LAB)
        assert [(fact.position, fact.id, fact.data) for fact in facts] == [(2, "old", NOW_FORM), (3, "older", NOW_FORM)]
        assert [(log.fact(position).kind, log.fact(position).data) for position in (2, 3)] == [(LAB, NOW_FORM)] * 2


def test_the_mapper_reads_old_forms_as_todays(path: Path) -> None:
    stream = stream_in(path)
    with opened(path, create=False) as log:
        read = list(log.events.get(stream))[1:]
        read.append(log.mapper.to_domain_event(StoredEvent(stream, 2, OLD, OLD_ROW)))
    for number, domain_event in zip((2, 3, 2), read, strict=True):
        assert isinstance(domain_event, LabResultRecorded)
        assert domain_event.type == f"snagc.{LAB}.v1"
        assert domain_event.data.stored() == NOW_FORM
        assert domain_event.originator_version == number


def test_the_stored_bytes_of_old_forms_stay_and_are_what_the_tree_hashes(path: Path) -> None:
    with opened(path, create=False) as log:
        log.history()
        take(log, event(LAB, {"id": "new"}))
        assert states(log)[1:3] == [OLD_ROW, OLDER_ROW]
        _, tree = log.history_and_tree(4)
        assert tree.root().hex() == tree_root(states(log))
    topics = query(path, "SELECT topic FROM stored_events WHERE rowid IN (2, 3) ORDER BY rowid")
    assert topics == [(OLD,), (OLDER,)]


def test_an_old_form_is_corrected_in_todays_fields(path: Path) -> None:
    with opened(path, create=False) as log:
        (verdict,) = take(log, event(CORRECTED, event={"source": SOURCE, "id": "older"}, data={"value": "81"}))
        assert (verdict.status, verdict.errors) == ("accepted", ())
        fact = log.history().of("candidate/C1").facts[3]
    assert (fact.data["value"], fact.position, fact.corrected_at) == ("81", 3, (4,))
