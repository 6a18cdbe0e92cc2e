"""The list's page: whom the filters leave, in which order, and how many at a time."""

from pathlib import Path
from typing import Any

import pytest

from replay.pages import list as listing
from replay.pages.figures import Sheet
from replay.pages.list import chosen, page_of
from replay.pages.page import Frame, words_of
from tests.projections.support import CENTRE, ELSEWHERE, Log
from tests.replay.pages.visits import Visits, words
from tests.replay.support import adult


def row(name: str, rank: int, **more: Any) -> dict[str, Any]:
    told = {"candidate": name, "rank": rank, "centre": "1", "team": None, "component": "XPCA", "icar": 10}
    return told | more


ROWS = [
    row("C3", 1, icar=None), row("A1", 2, team="b"), row("b2", 3, centre="0", icar=30),
    row("D4", 4, team="a", component="XPCP1", icar=30),
]  # fmt: skip
GROUPS = {"C3": "A", "A1": "O", "b2": "A"}


def left(said: dict[str, str], differing: frozenset[str] = frozenset(), *, compared: bool = False) -> list[str]:
    sheet = Sheet(words_of("en"), {"candidates": ROWS}, "/list", differing)
    return [each["candidate"] for each in chosen(Frame("/list", said), sheet, GROUPS, compared=compared)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["C3", "A1", "b2", "D4"]),
        ({"q": "b"}, ["b2"]), ({"q": "a1"}, ["A1"]), ({"q": "x"}, []),
        ({"centre": "1"}, ["C3", "A1", "D4"]), ({"team": "a"}, ["D4"]), ({"component": "XPCP1"}, ["D4"]),
        ({"centre": "1", "team": "b"}, ["A1"]), ({"centre": "9"}, []),
        ({"blood_group": "A"}, ["C3", "b2"]), ({"blood_group": "O", "centre": "0"}, []),
        ({"order": "candidate"}, ["A1", "C3", "D4", "b2"]), ({"order": "centre"}, ["b2", "C3", "D4", "A1"]),
        ({"order": "icar"}, ["b2", "D4", "A1", "C3"]), ({"order": "other"}, ["C3", "A1", "b2", "D4"]),
    ],
)  # fmt: skip
def test_a_filter_leaves_those_of_whom_it_is_true_in_the_order_asked_for(
    said: dict[str, str], found: list[str]
) -> None:
    assert left(said) == found


def test_of_two_lists_those_that_differ_are_shown_unless_all_are_asked_for() -> None:
    differing = frozenset({next(iter(_places("A1"))), "elsewhere/rank"})
    assert left({}, differing) == ["C3", "A1", "b2", "D4"]
    assert left({}, differing, compared=True) == ["A1"]
    assert left({"rows": "all"}, differing, compared=True) == ["C3", "A1", "b2", "D4"]


def _places(name: str) -> list[str]:
    """The places of a candidate's figures in a list."""
    sheet = Sheet(words_of("en"), {"candidates": ROWS}, "/list")
    (entry,) = [each for each in sheet.entries("candidates") if each["candidate"] == name]
    return [f"{entry._at}/rank"]


@pytest.mark.parametrize(
    ("said", "start", "shown"),
    [
        ({}, 0, 50), ({"after": "50"}, 50, 50), ({"after": "100"}, 100, 20), ({"after": "120"}, 120, 0),
        ({"after": "999"}, 120, 0), ({"after": "x"}, 0, 50), ({"after": "\u00b2"}, 0, 50), ({"after": "9" * 7}, 0, 50),
        ({"rows": "all", "after": "50"}, 0, 120), ({"rows": "some", "after": "50"}, 50, 50),
    ],
)  # fmt: skip
def test_rows_are_shown_some_at_a_time_from_where_the_address_says(
    said: dict[str, str], start: int, shown: int
) -> None:
    rows = list(Sheet(words_of("en"), {"candidates": ROWS * 30}, "/list").entries("candidates"))
    begun, found = page_of(Frame("/list", said), rows)
    assert (begun, found) == (start, rows[start : start + shown])


@pytest.mark.parametrize(
    ("after", "names", "before", "behind"),
    [
        ("", ["C1", "C2"], None, "2"), ("2", ["C3", "C4"], "", None), ("1", ["C2", "C3"], "", "3"),
        ("3", ["C4"], "1", None),
    ],
)  # fmt: skip
def test_steps_lead_to_the_rows_before_and_behind_and_nowhere_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: str,
    names: list[str],
    before: str | None,
    behind: str | None,
) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    log = Log()
    for number in range(1, 5):
        adult(log, f"C{number}", centre=CENTRE if number < 3 else ELSEWHERE)
    page = Visits(log, tmp_path).page(f"/list?at=2024-05-20&lang=en&order=candidate&after={after}")
    assert [words(each).split()[0] for each in page.xpath("//table//tbody//th")] == names
    w = words_of("en")
    found = {
        name: [
            (form.xpath("string(.//input[@name='after']/@value)"))
            for form in page.xpath(f"//form[button[text()='{w('list_page', name)}']]")
        ]
        for name in ("before", "after")
    }
    assert found == {"before": [before] if before is not None else [], "after": [behind] if behind else []}
