"""One visit: the steps of a day, how long the log had been silent, whose events it opens, what it can lie beside."""

from pathlib import Path

import pytest

from replay.pages.page import BESIDE
from replay.service.page_handlers.visit import Visit
from replay.service.page_routes import PAGE_ROUTES
from replay.service.questions import Question
from replay.service.viewer import COORDINATOR, OPEN, TEAM, Viewer
from tests.projections.support import CENTRE, ELSEWHERE, Log
from tests.replay.pages.visits import Visits
from tests.replay.support import adult


@pytest.fixture
def visits(tmp_path: Path) -> Visits:
    """Two candidates, one of another centre; the last event of 16 May."""
    log = Log()
    adult(log, "X1", labs=None, centre=ELSEWHERE)
    adult(log, "C1")
    return Visits(log, tmp_path)


def visit(visits: Visits, viewer: Viewer = OPEN, **said: str) -> Visit:
    return Visit(visits.desk, Question("page GET /list", {}, said), viewer)


@pytest.mark.parametrize(
    ("at", "yesterday", "tomorrow"),
    [
        ("2024-05-20T12:00:00+02:00", "2024-05-19T12:00:00+02:00", "2024-05-21T12:00:00+02:00"),
        ("2024-03-30T12:00:00+01:00", "2024-03-29T12:00:00+01:00", "2024-03-31T12:00:00+02:00"),
        ("2024-10-27T12:00:00+01:00", "2024-10-26T12:00:00+02:00", "2024-10-28T12:00:00+01:00"),
        ("2024-03-01T00:00:00+01:00", "2024-02-29T00:00:00+01:00", "2024-03-02T00:00:00+01:00"),
    ],
)
def test_the_steps_of_a_day_go_to_the_same_time_by_the_clock_of_the_day_before_and_after(
    visits: Visits, at: str, yesterday: str, tomorrow: str
) -> None:
    clocks = visit(visits, at=at).clocks
    assert (clocks.at, clocks.yesterday, clocks.tomorrow) == (at, yesterday, tomorrow)


def test_a_moment_tells_how_long_the_log_had_been_silent_when_it_begins_and_whether_it_is_to_come(
    visits: Visits,
) -> None:
    last = "2024-05-15T22:00:00.000000Z"
    silent = {"2024-05-16T12:00": (None, 0), "2024-05-16T23:59": (None, 0), "2024-05-17T00:00": (last, 1)}
    for at, told in {**silent, "2024-05-19T01:00": (last, 3)}.items():
        clocks = visit(visits, at=at).clocks
        assert (clocks.silent_since, clocks.silent_days, clocks.begins) == (*told, None), at
    before = visit(visits, at="2023-01-01").clocks
    assert (before.known_at, before.recorded, before.silent_days) == (0, None, 0)
    assert before.begins == "2023-12-31T23:00:00.000000Z"
    for minute, is_ahead in ((0, False), (1, True)):
        assert visit(visits, at=f"2024-06-01T12:0{minute}").clocks.is_ahead is is_ahead
    known = visit(visits, at="2024-05-20", known_at="2").clocks
    assert (known.known_at, known.recorded) == (2, "2023-12-31T23:00:00.000000Z")


def test_an_event_is_opened_by_whoever_may_read_it_and_none_that_is_not_there(visits: Visits) -> None:
    team, nobody = Viewer("T1", (TEAM,), (), (CENTRE,)), Viewer("N1", (), (), ())
    theirs, own, missing = 1, 2, 999
    for viewer, opened in (
        (OPEN, [theirs, own, missing]),
        (Viewer("K1", (COORDINATOR,), (), None), None),
        (team, [own]),
        (nobody, []),
    ):
        frame = visit(visits, viewer).frame
        found = [position for position in (theirs, own, missing) if frame.event_link(position)]
        assert found == opened or opened is None
        again = [position for position in (theirs, own, missing) if frame.event_link(position)]
        assert again == found, "the same when asked again"


def test_a_page_offers_to_lie_beside_itself_where_its_address_takes_another_moment(visits: Visits) -> None:
    compares = {}
    for route in PAGE_ROUTES:
        parts = {name: "x" for name in ("offer", "candidate", "position", "name") if f"{{{name}}}" in route.path}
        asked = Visit(visits.desk, Question(route.name, parts), OPEN)
        compares[route.name] = asked.frame.compares
        takes = {parameter.name for parameter in route.parameters}
        assert compares[route.name] is (set(BESIDE) <= takes)
    assert compares["page GET /list"]
    assert not compares["page GET /desk"]
