"""Long work of pages names nobody where the log lies: neither why it failed nor what verification found."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from replay.service.answers import places_of, unplaced
from replay.service.config import Configuration, read_configuration
from replay.service.jobs import State
from replay.service.page_jobs import VERIFY
from replay.service.questions import Question
from replay.service.service import Service, Setting
from replay.service.viewer import OPEN
from tests.postgres import Server
from tests.replay.command import snagc
from tests.replay.service.keys import PUBLIC_PEM
from tests.replay.service.served import WORKED


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """That of a service that takes tokens."""
    (tmp_path / "issuer.pem").write_bytes(PUBLIC_PEM)
    (file := tmp_path / "snagc.toml").write_text(
        '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\nkeys = ["issuer.pem"]\n'
    )
    return read_configuration(file)


def found(setting: Setting, act: Callable[[], object], *routes: str) -> list[tuple[State, str]]:
    """How jobs that are begun once something was done end, and all that they say."""

    async def working() -> list[tuple[State, str]]:
        service, ends = Service(setting), []
        try:
            act()
            for route in routes:
                service.jobs.start(Question(route, {}), OPEN, 0)
                job = service.jobs.of(Question(route, {}), OPEN)
                assert job is not None
                assert job.task is not None
                await asyncio.wait([job.task], timeout=60)
                ends.append((job.state, "" if job.answer is None else job.answer.body.decode()))
            return ends
        finally:
            await service.close()

    return asyncio.run(working())


def test_of_a_log_that_is_not_where_it_was_only_its_open_service_says_where_that_is(
    tmp_path: Path, configuration: Configuration
) -> None:
    log, away = tmp_path / "heart.db", tmp_path / "away.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    Path(f"{log}.checkpoints").mkdir()
    for guarded in (configuration, None):
        ends = found(Setting(str(log), configuration=guarded), lambda: log.rename(away), "GET /audit", VERIFY)
        assert [state for state, _ in ends] == [State.FAILED, State.DONE]
        assert [str(tmp_path) in said for _, said in ends] == [guarded is None, False]
        for _, said in ends:
            assert "is missing" in said
        away.rename(log)
    (state, said), *_ = found(Setting(str(log), configuration=configuration), lambda: None, VERIFY)
    assert (state, orjson.loads(said)["whole"]) == (State.DONE, True)


def test_of_a_database_that_is_gone_neither_host_nor_user_nor_name_is_said(
    server: Server, configuration: Configuration
) -> None:
    place = server.new_log()
    ends = found(Setting(place, configuration=configuration), lambda: server.drop(place), "GET /audit", VERIFY)
    for state, said in ends:
        assert state is State.FAILED
        assert "no log at the log's database" in said
        assert not [each for each in ("127.0.0.1", str(server.port), "heart", place.rpartition("/")[2]) if each in said]


def test_a_place_is_taken_out_of_every_text_of_a_document_and_nothing_else_is() -> None:
    places, instead = places_of("/srv/heart.db")
    document = {"a": ["/srv/heart.db is gone", 7, None, {"/srv/heart.db": "see /srv/heart.db.states/8"}], "b": True}
    assert unplaced(document, places, instead) == {
        "a": ["the log is gone", 7, None, {"/srv/heart.db": "see the log.states/8"}], "b": True,
    }  # fmt: skip
    assert "heart.db" not in places_of("heart.db")[0], "a name alone may be part of any word"
