"""Events in, one or many, and events out to those who follow."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.intake.check import LONGEST_EVENT
from tests.replay.command import asked, snagc
from tests.replay.service.served import BATCH, EVENT, NDJSON, Served, lines, serving, worked_events


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service over a new log, to which the tests here add."""
    with serving(tmp_path_factory.mktemp("events") / "heart.db") as served:
        yield served


def weight(number: int, kilograms: str = "71") -> dict[str, Any]:
    """A fact about a candidate of the worked example."""
    return {
        "specversion": "1.0", "source": "/tests", "id": f"weight-{number}", "type": "snagc.candidate.updated.v1",
        "subject": "candidate/A1", "time": "2024-06-20T08:00:00+02:00", "data": {"weight_kg": kilograms},
    }  # fmt: skip


def test_a_single_event_is_answered_with_its_verdict_as_its_status(running: Served) -> None:
    first = running.send(weight(1))
    assert (first.status_code, first.json()["status"]) == (201, "accepted")
    assert first.content.endswith(b"}\n")
    again = running.send(weight(1))
    assert (again.status_code, again.json()["position"]) == (200, first.json()["position"])
    other = running.send(weight(1, "72"))
    assert (other.status_code, other.json()["status"]) == (409, "conflict")
    pretty = running.send(b"\xef\xbb\xbf\n" + json.dumps(weight(2), indent=2).encode())
    assert pretty.status_code == 201


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "nothing where an event"),
        (b"event", "not JSON"),
        (b'{"specversion": NaN}', "NaN"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 100_000, "nest"),
        (b'{"data": ' + b"9" * 10_000 + b"}", "missing"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'"an event"', "not an object"),
        (json.dumps({**weight(3), "name": "Durand"}).encode(), "unknown attribute"),
    ],
)
def test_what_ingest_would_refuse_is_422_and_kept_in_quarantine(body: bytes, says: str, running: Served) -> None:
    before = running.get("/quarantine").json()
    answer = running.send(body)
    assert answer.status_code == 422
    assert (answer.json()["status"], answer.json()["position"]) == ("refused", None)
    assert says in answer.text
    kept = running.get("/quarantine").json()
    assert len(kept) == len(before) + 1
    assert kept[-1]["errors"] == answer.json()["errors"]


def test_a_batch_and_lines_are_answered_with_a_verdict_for_each(running: Served) -> None:
    events = [weight(10), {"specversion": "1.0"}, weight(10), weight(11)]
    expected = ["accepted", "refused", "duplicate", "accepted"]
    batch = running.send(json.dumps(events).encode(), BATCH)
    assert batch.status_code == 200
    assert [verdict["status"] for verdict in batch.json()["verdicts"]] == expected
    assert [verdict["line"] for verdict in batch.json()["verdicts"]] == [1, 2, 3, 4]
    sent = running.send(lines(events), f"{NDJSON}; charset=UTF-8")
    assert [verdict["status"] for verdict in sent.json()["verdicts"]] == [
        "duplicate",
        "refused",
        "duplicate",
        "duplicate",
    ]
    assert running.send(b"[]", BATCH).json() == {"verdicts": []}
    cut = running.send(json.dumps([weight(12), weight(13)]).encode()[:-1], BATCH).json()["verdicts"]
    assert [verdict["status"] for verdict in cut] == ["accepted", "accepted", "refused"]


@pytest.mark.parametrize("bad", [b"[]", b"[[[", b"[1]"])
def test_lines_are_lines_also_where_the_first_one_begins_with_a_bracket(bad: bytes, running: Served) -> None:
    sent = running.send(bad + b"\n" + lines([weight(14), weight(15)]), NDJSON)
    told = [(verdict["line"], verdict["status"]) for verdict in sent.json()["verdicts"]]
    assert [line for line, _ in told] == [1, 2, 3]
    assert told[0] == (1, "refused")
    assert "refused" not in [status for _, status in told[1:]]


@pytest.mark.parametrize("body", [b"", b"{}", b'"[]"', b"nothing"])
def test_a_batch_that_is_no_array_is_400(body: bytes, running: Served) -> None:
    answer = running.send(body, BATCH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "no type"},
        {"Content-Type": f"{EVENT}; charset=latin-1"},
        {"Content-Type": EVENT, "Content-Encoding": "gzip"},
    ],
)
def test_another_content_is_415_and_leaves_nothing_behind(headers: dict[str, str], running: Served) -> None:
    before = running.get("/quarantine").content
    answer = running.client.post("/events", content=json.dumps(weight(4)).encode(), headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert running.get("/quarantine").content == before


def test_many_producers_are_all_answered_after_their_commit(running: Served) -> None:
    with ThreadPoolExecutor(16) as producers:
        answers = list(producers.map(lambda number: running.send(weight(number)), range(100, 180)))
    assert {answer.status_code for answer in answers} == {201}
    positions = {answer.json()["position"] for answer in answers}
    assert len(positions) == 80
    stored = running.get("/events", after=min(positions) - 1, limit=1000).json()["events"]
    assert positions <= {event["position"] for event in stored}


def test_followers_see_each_event_once_and_in_order_whoever_wrote_it(running: Served) -> None:
    head = running.get("/events").json()["head"]
    with ThreadPoolExecutor(2) as elsewhere:
        waiting = elsewhere.submit(running.get, "/events", after=head, wait=30)
        elsewhere.submit(snagc, "ingest", "-", "--log", running.log, given=lines([weight(900), weight(901)])).result()
        told = waiting.result().json()
    while len(told["events"]) < 2:
        told["events"] += running.get("/events", after=head + len(told["events"]), wait=30).json()["events"]
    assert [event["position"] for event in told["events"]] == [head + 1, head + 2]
    assert [event["event"]["id"] for event in told["events"]] == ["weight-900", "weight-901"]
    assert running.get("/events", after=head + 2).json() == {"events": [], "head": head + 2}
    pages, after = [], 0
    while page := running.get("/events", after=after, limit=7).json()["events"]:
        pages += [event["position"] for event in page]
        after = pages[-1]
    assert pages == list(range(1, head + 3))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"after": 1_000_000}, 409),
        ({"after": -1}, 400),
        ({"limit": 0}, 400),
        ({"limit": 1001}, 400),
        ({"wait": 61}, 400),
        ({"wait": "long"}, 400),
        ({"before": 3}, 400),
    ],
)
def test_a_follower_who_knows_more_than_the_log_or_asks_too_much_is_told(
    query: dict[str, Any], status: int, running: Served
) -> None:
    answer = running.get("/events", **query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_a_live_offer_is_answered_with_its_run_and_the_same_again_with_its_first(running: Served) -> None:
    assert running.send(json.dumps(worked_events()).encode(), BATCH).status_code == 200
    counter = asked("list", "--log", running.log)["counter"]
    first = running.client.post("/offers", json={"offer": "L1", "donor": "D1"})
    assert (first.status_code, first.json()["counter"]) == (201, counter)
    assert first.content == snagc("rank", "L1", "--json", "--log", running.log).stdout_bytes
    again = running.client.post("/offers", json={"offer": "L1", "donor": "D1", "time": "2024-07-01T00:00:00Z"})
    assert (again.status_code, again.content) == (200, first.content)
    assert running.client.post("/offers", json={"offer": "L1", "donor": "D2"}).status_code == 409
    dated = running.client.post("/offers", json={"offer": "L2", "donor": "D1", "time": "2024-07-02T10:00:00+02:00"})
    assert (dated.status_code, dated.json()["at"]) == (201, "2024-07-02T10:00:00+02:00")
    assert asked("audit", "--log", running.log)["identical"] == 3
    assert asked("list", "--log", running.log)["counter"] == counter + 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no JSON", 422),
        (b"[]", 422),
        (b'{"offer": "L3"}', 422),
        (b'{"offer": "L3", "donor": 7}', 422),
        (b'{"offer": "L3", "donor": "D1", "team": "x"}', 422),
        (b'{"offer": "L3", "donor": "D99"}', 422),
        (b'{"offer": "L 3", "donor": "D1"}', 422),
        (b'{"offer": "L3", "donor": "D1", "time": "today"}', 422),
    ],
)
def test_an_offer_that_cannot_be_is_refused_and_takes_no_number(body: bytes, status: int, running: Served) -> None:
    before = asked("list", "--log", running.log)["counter"]
    answer = running.client.post("/offers", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert asked("list", "--log", running.log)["counter"] == before


def test_a_refused_input_is_sent_again_by_its_number(running: Served) -> None:
    early = {**weight(700), "subject": "candidate/LATE", "id": "late-offer", "type": "snagc.graft.offered.v1"}
    early |= {"subject": "offer/E1", "data": {"donor": "LATE"}}
    assert running.send(early).status_code == 422
    number = running.get("/quarantine").json()[-1]["number"]
    refused = running.client.post(f"/quarantine/{number}/resend")
    assert (refused.status_code, refused.json()[0]["status"]) == (200, "refused")
    donor = {**weight(701), "subject": "donor/LATE", "type": "snagc.donor.registered.v1"}
    donor |= {"time": "2024-06-01T00:00:00+02:00", "data": {
        "age": "45", "sex": "F", "blood_group": "O", "height_cm": "165", "weight_kg": "65",
        "procurement_site": "990000010"}}  # fmt: skip
    assert running.send(donor).status_code == 201
    taken = running.client.post(f"/quarantine/{number}/resend").json()
    assert [(verdict["number"], verdict["status"]) for verdict in taken] == [(number, "accepted")]
    assert running.client.post(f"/quarantine/{number}/resend").status_code == 400
    assert running.client.post("/quarantine/99999/resend").status_code == 404
    assert running.client.post("/quarantine/first/resend").status_code == 404


def test_an_event_longer_than_any_is_refused_as_ingest_refuses_it(running: Served) -> None:
    """The last of all: whoever lists the quarantine from now on is given a long text."""
    answer = running.send(b'{"data":"' + b"x" * LONGEST_EVENT + b'"}')
    assert answer.status_code == 422
    assert f"an event has at most {LONGEST_EVENT}" in answer.text
