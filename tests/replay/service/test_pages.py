"""Pages as a browser asks for them: what is sent with them, who may open them, what errors look like."""

import re
from urllib.parse import quote

import httpx
import pytest

from engine.errors import RequestError
from replay.service.page_handlers import PAGES
from replay.service.page_routes import BY_PAGE_NAME, COMPARED, PAGE_ROUTES, PageRoute
from replay.service.questions import question
from replay.service.rights import REQUESTS
from replay.service.routes import Parameter, Work
from tests.replay.service.served import Served

AT = "2024-07-02T12:00:00+02:00"


def page(served: Served, address: str) -> httpx.Response:
    """A page by its address."""
    return served.client.get(f"{served.address}{address}")


def test_every_page_is_answered_and_needs_what_the_table_of_rights_has() -> None:
    read = {route.name for route in PAGE_ROUTES if route.work in (Work.READ, Work.LONG)}
    assert read == set(PAGES)
    assert {request for route in PAGE_ROUTES for request in route.needs} <= set(REQUESTS)
    assert len(BY_PAGE_NAME) == len(PAGE_ROUTES)


def test_a_form_says_nothing_where_nothing_was_filled_in_and_a_plus_is_a_blank() -> None:
    route = PageRoute("GET", "/list", "", Work.READ, COMPARED)
    asked = question(route, {}, b"at=&known_at=12&lang=e+n", form=True)
    assert asked.said == {"known_at": "12", "lang": "e n"}
    with pytest.raises(RequestError, match="unencoded"):
        question(route, {}, b"lang=e+n")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("30/06/2025", "2025-06-30"), (" 1/6/2025 ", "2025-06-01"), ("30/06/2025 14:05", "2025-06-30T14:05"),
        ("30/06/2025 à 9 h 05", "2025-06-30T09:05"), ("2025-06-30 14:05:59", "2025-06-30T14:05:59+02:00"),
        ("26/10/2025 02:30:00\u00a0(UTC+01:00)", "2025-10-26T02:30:00+01:00"), ("now", "now"), ("12", "12"),
        ("26/10/2025 02:30:00", "2025-10-26T02:30:00"), ("99/99/2025 10:00:00", "2025-99-99T10:00:00"),
        ("2025-06-30T12:00:00.5+02:00", "2025-06-30T12:00:00.5+02:00"), ("30/06", "30/06"),
        ("٣٠/٠٦/2025", "٣٠/٠٦/2025"),
    ],
)  # fmt: skip
def test_a_form_takes_times_as_people_type_them_and_as_pages_print_them(typed: str, read: str) -> None:
    route = PageRoute("GET", "/list", "", Work.READ, (*COMPARED, Parameter("q", "")))
    said = f"at={quote(typed)}&known_at={quote(typed)}&q=1/6/2025".encode()
    assert question(route, {}, said, form=True).said == {"at": read, "known_at": read, "q": "1/6/2025"}
    assert question(route, {}, b"at=30/06/2025").said == {"at": "30/06/2025"}


def test_the_list_shows_what_the_api_says_at_the_same_moment(served: Served) -> None:
    answer = page(served, f"/list?at={AT.replace('+', '%2B')}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    request = re.search(r'data-document="([^"]+)"', answer.text)
    assert request is not None
    told = served.client.get(request[1].replace("&amp;", "&")).json()
    for entry in told["candidates"]:
        found = re.search(rf'data-figure="candidates/{entry["candidate"]}/ccb" data-exact="([^"]*)"', answer.text)
        assert found is not None
        assert found[1] == entry["ccb"]


def test_pages_speak_french_unless_asked_for_english(served: Served) -> None:
    assert "Liste nationale" in page(served, "/list").text
    assert "National list" in page(served, "/list?lang=en").text
    assert page(served, "/list?lang=xx").status_code == 400


@pytest.mark.parametrize(
    ("address", "status"), [("/nothing", 404), ("/list?x=1", 400), ("/list?at=yesterday", 400), ("/static/x.css", 404)]
)
def test_errors_of_pages_are_pages_too(served: Served, address: str, status: int) -> None:
    answer = page(served, address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Traceback" not in answer.text
    assert ".db" not in answer.text


def test_the_page_of_an_error_has_the_menu_and_the_clocks_to_mend_it_with(served: Served) -> None:
    wrong = page(served, "/list?at=31/31/2024&lang=en").text
    assert '<input id="at" name="at" value="31/31/2024"' in wrong
    assert 'href="/?lang=en"' in wrong
    assert 'href="/offers?at=31' in wrong
    early = page(served, "/candidates/A2?at=01/01/2018").text
    assert '<input id="at" name="at" value="01/01/2018"' in early
    assert 'href="/?at=01/01/2018"' in early.replace("%2F", "/")
    assert 'id="at"' not in page(served, "/nothing").text


def test_errors_of_the_api_stay_problems(served: Served) -> None:
    assert served.client.get("/nothing").headers["content-type"] == "application/problem+json"


def test_a_file_that_pages_fetch_may_be_kept_for_ever(served: Served) -> None:
    address = re.search(r'href="(/static/[^"]+)"', page(served, "/list").text)
    assert address is not None
    answer = page(served, address[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_page_is_laid_beside_itself_with_what_differs_and_the_events_that_made_it(served: Served) -> None:
    answer = page(served, "/list?at=2024-07-02&beside_at=2023-01-02")
    assert answer.status_code == 200
    assert 'class="figure differs"' in answer.text
    assert answer.text.count("data-document=") == 2
    assert 'href="/events/' in answer.text
    same = page(served, "/list?at=2024-07-02&beside_known_at=now")
    assert "Rien ne diffère" in same.text


@pytest.mark.parametrize("query", ["q=a2", "component=XPCA", "blood_group=O", "order=icar&rows=all", "after=10"])
def test_the_list_may_be_searched_filtered_and_ordered(served: Served, query: str) -> None:
    whole = set(re.findall(r'data-figure="candidates/([^/]+)/rank"', page(served, "/list?at=2024-07-02").text))
    answer = page(served, f"/list?at=2024-07-02&{query}")
    assert answer.status_code == 200
    assert set(re.findall(r'data-figure="candidates/([^/]+)/rank"', answer.text)) <= whole


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/", "Score cœur"),
        ("/offers?at=2024-07-02&from=2020-01-01", "/offers/"),
        ("/offers?at=2024-07-02&from=2020-01-01&state=withdrawn&q=zz", "Aucune offre"),
        ("/events/1", "N° 1"),
        ("/events/30?at=2001-01-01&lang=en", "not known yet"),
        ("/offers?at=02/07/2024+12:00&from=01/01/2020", "/offers/"),
        ("/desk?at=2024-07-02", "centre=990000020"),
        ("/desk?at=2024-07-02&centre=990000020&since=2020-01-01&until=2025-01-01", "Bureau du centre 990000020"),
    ],
)
def test_each_page_shows_what_it_is_about(served: Served, address: str, told: str) -> None:
    answer = page(served, address)
    assert answer.status_code == 200, answer.text
    assert told in answer.text


def test_what_expires_and_what_has_changed_are_what_the_candidate_s_page_would_tell(served: Served) -> None:
    text = page(served, "/desk?at=2024-07-02&centre=990000020&since=2020-01-01&until=2026-01-01").text
    assert 'id="expiring"' in text
    assert re.search(r'<a href="/candidates/A2[^"]*">A2</a>', text)
    assert page(served, "/desk?centre=000000000").status_code == 404
    assert page(served, "/events/999999").status_code == 404


@pytest.mark.parametrize("address", ["/list.xlsx", "/list.parquet", "/offers/O1/match-run.xlsx"])
def test_what_a_page_shows_may_be_kept_as_a_file(served: Served, address: str) -> None:
    answer = page(served, f"{address}?at=2024-07-02")
    assert answer.status_code == 200
    assert answer.content[:2] in (b"PK", b"PA")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert page(served, "/offers/NONE/match-run.parquet").status_code == 404
