"""The service over either store: the same answers, and it goes on by itself where connections were lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from engine.log.postgres.errors import refused
from replay.service.answers import answer_to, discreet
from tests import postgres
from tests.replay.command import asked, snagc
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM
from tests.replay.service.served import NDJSON, Served, lines, serving, worked_events

CUT_OFF = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'"
"""Until they are gone: a request under way meanwhile may still be told that its connection was lost."""


def weight(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "source": "/tests", "id": f"weight-{number}", "type": "snagc.candidate.updated.v1",
        "subject": "candidate/A1", "time": "2024-06-20T08:00:00+02:00", "data": {"weight_kg": "71"},
    }  # fmt: skip


@pytest.fixture
def in_a_database(server: postgres.Server) -> Iterator[tuple[Served, str]]:
    """A service over the worked example in a database, sent live."""
    place = server.new_log()
    assert snagc("ingest", "-", "--log", place, given=lines(worked_events()[:2])).exit_code == 0
    with serving(place) as served:
        assert served.send(lines(worked_events()[2:]), NDJSON).status_code == 200
        yield served, place


def test_a_log_in_a_database_is_served_as_one_in_a_file_though_its_connections_are_cut(
    in_a_database: tuple[Served, str], server: postgres.Server, tmp_path: Path
) -> None:
    (served, place), file = in_a_database, tmp_path / "heart.db"
    assert postgres.PASSWORD not in served.errors()
    copied = snagc("copy-log", place, file)
    assert copied.exit_code == 0, copied.output
    for path, words in {
        "/offers/O1/match-run": ["rank", "O1"],
        "/list?at=2024-07-01": ["list", "--at", "2024-07-01"],
        "/candidates/A1/course?to=2024-07-31": ["course", "A1", "--to", "2024-07-31"],
        "/offers": ["offers"],
        "/acts": ["audit", "--acts"],
    }.items():
        for log in (place, file):
            assert served.get(path).content == snagc(*words, "--json", "--log", log).stdout_bytes, path
    offered = served.client.post("/offers", json={"offer": "L1", "donor": "D1", "time": "2024-07-01T06:00:00+02:00"})
    assert offered.status_code == 201
    assert asked("audit", "--log", place)["identical"] == 2
    goes_on_by_itself_where_its_connections_are_cut(served, place, server)


def goes_on_by_itself_where_its_connections_are_cut(served: Served, place: str, server: postgres.Server) -> None:
    """Whatever is asked of it next."""
    requests: list[Callable[[], Any]] = [
        lambda: served.send(weight(1)),
        lambda: served.get("/offers/O1/match-run"),
        lambda: served.get("/events", after=34),
        lambda: served.client.post("/offers", json={"offer": "L2", "donor": "D1"}),
    ]
    for request in requests:
        server.execute(CUT_OFF.format(place.rpartition("/")[2]))
        answer = request()
        assert answer.status_code in (200, 201), answer.text
    told = served.get("/events", after=0, limit=1000).json()["events"]
    assert [event["position"] for event in told] == list(range(1, len(told) + 1))
    assert [event["event"]["id"] for event in told].count("weight-1") == 1
    assert asked("verify", "--log", place)["size"] == len(told)


def told_nothing_of_where(served: Served, token: str, *places: str) -> set[int]:
    """The statuses of what is asked with a token and without; nothing that is answered names where the log lies."""
    headers, events = {"Authorization": f"Bearer {token}"}, {"Content-Type": NDJSON}
    site = served.address
    answers = [
        served.get("/ready"),
        served.client.get("/list", headers=headers),
        served.client.get("/events?after=0", headers=headers),
        served.client.post("/events", headers={**headers, **events}, content=lines([weight(1)])),
        served.client.post("/offers", headers=headers, json={"offer": "L9", "donor": "D1"}),
        *(served.client.get(f"{site}{page}", headers=headers) for page in ("/list", "/integrity")),
    ]
    for answer in answers:
        assert not [place for place in places if place in answer.text], answer.text
    assert all("the log" in answer.json()["detail"] for answer in answers[:5]), [answer.text for answer in answers]
    return {answer.status_code for answer in answers}


def test_where_the_log_lies_is_told_to_nobody_who_asks_by_network(
    server: postgres.Server, tmp_path: Path, *, long_run: bool
) -> None:
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "signing-key.pem").write_bytes(SIGNING_PEM)
    config, words = tmp_path / "snagc.toml", lines(worked_events()[:2])
    config.write_text(
        '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\nkeys = ["issuer.pem"]\n'
        'signing_key = "signing-key.pem"\n'
    )
    token = str(
        snagc(
            "token", "--config", config, "--sub", "K7", "--scope", "producer coordinator auditor", "--source", "/tests"
        ).stdout
    ).strip()
    place, file = server.new_log(), tmp_path / "heart.db"
    for log in (place, file):
        assert snagc("ingest", "-", "--log", log, given=words).exit_code == 0
    with serving(place, "--config", str(config)) as served:
        server.drop(place)
        names = ("postgres", "127.0.0.1", str(server.port), place.rpartition("/")[2], "heart@", '"heart"')
        assert 200 not in told_nothing_of_where(served, token, *names)
        assert "no such database" in served.get("/ready").text
    if not long_run:
        return
    with serving(file, "--config", str(config)) as served:
        file.rename(tmp_path / "elsewhere.db")
        assert 200 not in told_nothing_of_where(served, token, str(tmp_path))


def test_a_server_s_own_words_name_hosts_and_users_and_go_no_further() -> None:
    words = 'connection to server at "10.1.2.3", port 5432 failed: Connection refused'
    whole = answer_to(refused("postgresql://heart@db:5432/log", "log", psycopg.OperationalError(words)))
    assert "10.1.2.3" in whole.body.decode()
    told = discreet(whole, ["postgresql://heart@db:5432/log"], "the log's database").body.decode()
    assert "the log's database cannot be reached: check host and port" in told
    assert not any(secret in told for secret in ("10.1.2.3", "5432", "heart"))
    trouble = answer_to(OperationalError(words))
    assert "10.1.2.3" in trouble.body.decode()
    assert "10.1.2.3" not in discreet(trouble, (), "").body.decode()
