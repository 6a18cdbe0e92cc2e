"""The hostile corpus against a real service on loopback: each request answered as documented, and the service lives on.

An answer holds no stack, no path of this machine and nobody's id but those that were asked for.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.faults import hostile_http, hostile_requests, hostile_tokens
from tests.faults.hostile_wire import Hostile, asked, faults, filled, get
from tests.long import examples
from tests.replay.command import snagc
from tests.replay.service.guarded import Guarded, guarded
from tests.replay.service.served import WORKED, Served, serving

OPEN = [*hostile_requests.REQUESTS, *hostile_http.REQUESTS]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open service over the worked example."""
    log = tmp_path_factory.mktemp("hostile") / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    with serving(log) as running:
        yield running


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service that takes tokens."""
    with guarded(tmp_path_factory.mktemp("hostile")) as running:
        yield running


def wrong(cases: Sequence[Hostile], served: Served, tokens: Mapping[str, str]) -> list[str]:
    """What is wrong with the answers to requests sent one after another."""
    found: list[str] = []
    hidden = [str(served.log.parent), *(token for token in tokens.values() if len(token) > 60)]
    for number, case in enumerate(cases, 1):
        sent = filled(case.sent, served, tokens)
        found += faults(case, sent, asked(served, sent), hidden)
        if served.process.poll() is not None:
            return [*found, f"{case.name}: the service is gone"]
        if number % examples(10, 1) == 0 or number == len(cases):
            assert served.get("/health").status_code == 200, case.name
    return found


def head_of(served: Served, token: str = "") -> int:
    """The last position of a log that is served."""
    sent = filled(get("/ready", token=token), served, {})
    position: int = json.loads(asked(served, sent).body)["position"]
    return position


def test_an_open_service_answers_every_hostile_request_as_documented_and_lives_on(opened: Served) -> None:
    before = head_of(opened)
    assert wrong(OPEN, opened, {}) == []
    assert head_of(opened) == before
    assert '"internal error"' not in opened.errors()
    assert snagc("verify", "--log", opened.log).exit_code == 0


def test_nobody_comes_in_without_a_right_and_nothing_of_a_refusal_is_kept(closed: Guarded) -> None:
    tokens = {**hostile_tokens.worthless(), **hostile_tokens.good(closed)}
    before = head_of(closed.served)
    assert wrong(hostile_tokens.unread(), closed.served, tokens) == []
    assert closed.ask("GET /quarantine", closed.token("auditor")).json() == []
    assert wrong([*hostile_tokens.ANOTHERS, *hostile_tokens.COUNTING], closed.served, tokens) == []
    assert head_of(closed.served) == before
    assert '"internal error"' not in closed.served.errors()
    assert [name for name, token in tokens.items() if len(token) > 60 and token in closed.served.errors()] == []


def test_the_corpus_is_large_and_no_two_cases_are_one() -> None:
    cases = [*OPEN, *hostile_tokens.unread(), *hostile_tokens.ANOTHERS, *hostile_tokens.COUNTING]
    assert [sent for sent, count in Counter(case.sent for case in cases).items() if count > 1] == []
    assert len(cases) > 750
    assert {case.status for case in cases} >= {200, 400, 401, 403, 404, 405, 409, 413, 415, 422}
