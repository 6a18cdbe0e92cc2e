"""A team's desk: what expires until the week is over, what has changed since yesterday, and whose desk it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.errors import UnknownError
from engine.log.beside import ACCESS
from replay.pages.page import words_of
from replay.service.questions import Question
from replay.service.viewer import COORDINATOR, OPEN, TEAM, Viewer
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log
from tests.replay.pages.visits import Visits, words
from tests.replay.support import adult

WEDNESDAY = "2024-05-15 12:00"


def candidates(visits: Visits, address: str, part: str, viewer: Viewer | None = None) -> list[str]:
    """Who stands in the table that follows a heading."""
    page = visits.page(address, *([viewer] if viewer else []))
    heads = page.xpath(f"//h2[@id='{part}']/following-sibling::*[self::h2 or self::div][1][self::div]//tbody//th")
    return [words(each).split()[0] for each in heads]


@pytest.fixture
def week(tmp_path: Path) -> Visits:
    """Two of a centre whose peptides stop counting on a Sunday evening and on the Monday after it; one elsewhere."""
    log = Log()
    adult(log, "X1", labs="2024-05-01", centre=ELSEWHERE)
    for candidate, sampled in (("C1", "2024-02-04 20:00"), ("C2", "2024-02-05 08:00")):
        log.registered(candidate, "2024-01-01")
        log.labs(candidate, "2024-05-10 12:00", nt_probnp=None)
        log.lab(candidate, "nt_probnp", "20000", sampled)
    log.lab("C2", "total_bilirubin", "200", "2024-05-14 11:00")
    log.lab("C1", "total_bilirubin", "200", "2024-05-14 13:00")
    log.travel("V1", "2024-05-16", [[SITE, CENTRE, 5]])
    return Visits(log, tmp_path)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["C1"]),
        ("&at=2024-05-13 00:30", ["C1"]),
        ("&at=2024-05-19 19:00", ["C1"]),
        ("&at=2024-05-19 21:00", []),
        ("&until=2024-05-20", ["C1", "C2"]),
        ("&until=2024-05-18", []),
    ],
)
def test_what_expires_is_told_until_the_sunday_of_the_week_is_over_or_the_day_asked_for(
    week: Visits, asked: str, found: Sequence[str]
) -> None:
    at = "" if "&at" in asked else f"&at={WEDNESDAY}"
    address = f"/desk?centre={CENTRE}{at}{asked}".replace(" ", "%20")
    assert sorted(candidates(week, address, "expiring")) == list(found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["C1"]),
        ("&since=2024-05-14", ["C1", "C2"]),
        ("&since=2024-05-14 10:00", ["C1", "C2"]),
        ("&since=2024-05-15", []),
        ("&since=2030-01-01", []),
    ],
)
def test_what_has_changed_is_told_since_a_day_ago_or_the_moment_asked_for(
    week: Visits, asked: str, found: Sequence[str]
) -> None:
    address = f"/desk?centre={CENTRE}&at={WEDNESDAY}{asked}".replace(" ", "%20")
    assert sorted(candidates(week, address, "changes")) == list(found)


def test_whoever_has_one_centre_comes_to_its_desk_and_of_several_it_is_chosen(week: Visits) -> None:
    at = WEDNESDAY.replace(" ", "%20")
    one = Viewer("T1", (TEAM,), (), (CENTRE,))
    both = Viewer("T2", (TEAM,), (), (CENTRE, ELSEWHERE))
    assert CENTRE in words(week.page(f"/desk?at={at}", one).xpath("//h1")[0])
    for viewer in (both, Viewer("K1", (COORDINATOR,), (), None)):
        cards = week.page(f"/desk?at={at}&lang=en", viewer).xpath("//ul[@class='cards narrow']/li")
        assert [words(each).split()[:2] for each in cards] == sorted([[CENTRE, "2"], [ELSEWHERE, "1"]])
    assert sorted(candidates(week, f"/desk?at={at}", "score", one)) == ["C1", "C2"]
    assert sorted(candidates(week, f"/desk?at={at}&centre={ELSEWHERE}", "score", both)) == ["X1"]
    with pytest.raises(UnknownError):
        week.page(f"/desk?at={at}&centre=000000000")


def test_a_desk_that_shows_the_present_tells_what_has_changed_since_the_last_visit_of_who_asks(week: Visits) -> None:
    with week.desk.asking(Question("GET /offers", {})) as asked:
        journal = asked.log.store.journal(ACCESS)
    for at, sub, route in (
        ("2024-05-30T08:00:00", "T1", "page GET /desk"), ("2024-05-31T08:00:00", "T1", "page GET /desk"),
        ("2024-05-31T20:00:00", "T2", "page GET /desk"), ("2024-06-01T07:00:00", "T1", "page GET /list"),
        ("2024-06-01T09:40:00", "T1", "page GET /desk"),
    ):  # fmt: skip
        record = {"at": f"{at}.000000Z", "sub": sub, "route": route, "candidates": []}
        journal.append(at[:10], [record])

    def since(sub: str, query: str = "") -> str:
        viewer = OPEN if sub == OPEN.sub else Viewer(sub, (TEAM,), (), (CENTRE,))
        (first, *_) = week.page(f"/desk?centre={CENTRE}&lang=en{query}", viewer).xpath(
            "//h2[@id='changes']/../p[@class='soft']"
        )
        return words(first)

    w = words_of("en")
    day = w("desk_page", "since_day", since=w.stamp("2024-05-31T12:00:00+02:00"))
    assert since("T1").startswith(w("desk_page", "since_visit", since=w.stamp("2024-05-31T10:00:00+02:00")))
    assert since("T2").startswith(w("desk_page", "since_visit", since=w.stamp("2024-05-31T22:00:00+02:00")))
    assert since("T3").startswith(day)
    assert since(OPEN.sub).startswith(day), "an open service knows nobody"
    assert since("T1", "&at=2024-06-01T12:00").startswith(day), "a moment that was asked for is no visit"
