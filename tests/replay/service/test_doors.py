"""Names and phone numbers come in by no door; no line of the log, no figure and no refusal holds a birth date."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.replay.command import snagc
from tests.replay.service.guarded import BORN, ELSEWHERE, MINE, Guarded, event, lab, records
from tests.replay.service.keys import PUBLIC_PEM
from tests.replay.service.served import BATCH, EVENT, NDJSON, Served, lines

NAME, PHONE = "Jeanne Durand", "06 12 34 56 78"
ALL = ("producer", "expert", "coordinator", "team", "auditor", "operator")


def told(candidate: str = "C1", **more: Any) -> dict[str, Any]:
    """A registration with something more in its data."""
    data = {
        "birth_date": BORN, "sex": "F", "blood_group": "A", "height_cm": 170, "weight_kg": 60, "diseases": ["151"],
        "centre": ELSEWHERE, "abo_matching": "identical", **more,
    }  # fmt: skip
    return event("candidate.registered", f"candidate/{candidate}", data)


PERSONAL: dict[str, dict[str, Any]] = {
    "a name in the data": told(name=NAME),
    "a phone number in the data": told(phone=PHONE),
    "a name in an object of the data": told(donor_limits={"age": [18, 60], "name": NAME}),
    "a name beside the data": {**told(), "patientname": NAME},
    "a name as a subject": {**told(), "subject": f"candidate/{NAME}"},
    "a phone number as a subject": {**told(), "subject": f"candidate/{PHONE}"},
    "a name as an actor": {**told(), "actor": f"team:{NAME}"},
    "a name as a centre": told(centre=NAME),
    "a name as a disease": told(diseases=[NAME]),
    "a name as an analyte": {**lab("C1", MINE), "data": {"analyte": NAME, "value": "1", "unit": "ng/L"}},
    "a letter as a reason": event("candidate.suspended", "candidate/C1", {"reason": f"{NAME}, {PHONE}, " * 5}),
    "a name in a correction": event("event.corrected", "candidate/C1", {
        "event": {"source": MINE, "id": "x"}, "data": {"name": NAME}, "reason": "wrong"}),
}  # fmt: skip


@pytest.mark.parametrize("door", ["file", EVENT, BATCH, NDJSON])
def test_what_names_a_person_is_refused_at_every_door(service: Guarded, door: str, tmp_path: Path) -> None:
    token, events = service.token(*ALL), list(PERSONAL.values())
    if door == "file":
        log = tmp_path / "log.db"
        result = snagc("ingest", "-", "--json", "--log", log, given=lines(events))
        verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    elif door == EVENT:
        verdicts = []
        for each in events:
            answer = service.ask("POST /events", token, json.dumps(each).encode(), EVENT)
            verdicts.append({**answer.json(), "status": "refused" if answer.status_code in (403, 422) else "taken"})
    else:
        body = json.dumps(events).encode() if door == BATCH else lines(events)
        verdicts = service.ask("POST /events", token, body, door).json()["verdicts"]
    assert [each["status"] for each in verdicts] == ["refused"] * len(PERSONAL)


@pytest.mark.parametrize("field", ["offer", "donor", "name", "time"])
def test_an_offer_has_ids_and_an_instant_and_nothing_else(service: Guarded, field: str) -> None:
    body = {"offer": "O7", "donor": "D2", field: NAME}
    answer = service.ask("POST /offers", service.token(*ALL), json.dumps(body).encode(), "application/json")
    assert answer.status_code == 422


@pytest.mark.parametrize("query", ["name=x", "at=x&patient=y", "known_at=now&q=z"])
def test_a_question_has_no_room_for_a_name(service: Guarded, query: str) -> None:
    assert service.ask(f"GET /list?{query}", service.token(*ALL)).status_code == 400


def test_neither_logs_nor_figures_nor_refusals_hold_a_birth_date(service: Guarded) -> None:
    token = service.token(*ALL, centres=[ELSEWHERE])
    sent = [told("C7"), told("C7", sex="M"), told("C8", birth_date="1979-03-12x"), {**told("C9"), "x": BORN}]
    answers = [service.ask("POST /events", token, json.dumps(each).encode(), EVENT) for each in sent]
    early = {**lab("C7", MINE), "time": "1970-01-01T00:00:00Z"}
    answers.append(service.ask("POST /events", token, json.dumps(early).encode(), EVENT))
    assert [answer.status_code for answer in answers] == [201, 409, 422, 422, 201]
    assert BORN not in answers[1].text + answers[4].text
    assert any(warning["code"] == "before_birth" for warning in answers[4].json()["warnings"])
    for path in (
        "/candidates/C7",
        "/offers/O2/match-run",
        f"/events?after={BORN}",
        f"/list?at={BORN}T99",
        "/events/1979",
    ):
        service.ask(f"GET {path}", token)
    assert service.ask(f"GET /candidates/{BORN}", token).status_code == 404
    written = service.served.errors() + service.ask("GET /metrics", None).text
    assert "POST /events" in written
    assert BORN not in written
    assert [name for name in (NAME, PHONE, "C7", "K7") if name in written] == []


# ------------------------------------------------------------------------------------------------ how it starts


def test_a_configuration_that_is_none_stops_the_start_with_every_fault(tmp_path: Path) -> None:
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    config = tmp_path / "snagc.toml"
    config.write_text('[tokens]\nissuer = "i"\nkeys = ["issuer.pem"]\nalgorithms = ["HS256"]\n[limit]\n')
    result = snagc("serve", "--log", tmp_path / "log.db", "--config", config)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [
        key for key in ("tokens.audience", "tokens.algorithms.0 = HS256", "limit") if key not in result.stderr
    ] == []
    assert not (tmp_path / "log.db").exists()
    assert snagc("serve", "--log", tmp_path / "log.db", "--config", config, "--open").exit_code == 2


# ------------------------------------------------------------------------------------------------ no record, no answer


def test_a_read_that_cannot_be_recorded_is_not_answered(service: Guarded, tmp_path: Path) -> None:
    token = service.token("auditor", "coordinator")
    assert service.ask("GET /offers", token).status_code == 200
    folder, before = Path(f"{service.served.log}.access"), len(records(service.served.log))
    shutil.move(folder, tmp_path / "away")
    folder.write_bytes(b"")
    for request in ("GET /offers", "GET /list", "GET /candidates/A1", "GET /quarantine", "GET /events?limit=3"):
        answer = service.ask(request, token)
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert "A1" not in answer.text
    assert service.ask("GET /checkpoint", token).status_code == 200
    folder.unlink()
    assert service.ask("GET /offers", token).status_code == 503
    shutil.move(tmp_path / "away", folder)
    assert service.ask("GET /offers", token).status_code == 200
    assert len(records(service.served.log)) == before + 1


def test_reads_at_once_are_recorded_without_a_gap_in_an_open_service_too(served: Served) -> None:
    before = len(records(served.log))
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: served.get("/offers").status_code, range(40))) == {200}
    made = records(served.log)
    assert [record["number"] for record in made] == list(range(1, before + 41))
    assert {(record["sub"], record["route"]) for record in made[before:]} == {("open", "GET /offers")}
