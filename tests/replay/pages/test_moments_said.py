"""What a page says of its moment: nothing known yet, nothing received for long, still to come; and of what it lacks."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from replay.pages.page import words_of
from replay.pages.times import as_time, as_typed
from tests.projections.support import Log
from tests.replay.pages.visits import Visits, words
from tests.replay.support import adult, offered


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    log = Log()
    adult(log)
    return Visits(offered(log), tmp_path_factory.mktemp("pages"))


def notices(visits: Visits, address: str) -> str:
    """What stands under the clocks of a page."""
    return " ".join(words(each) for each in visits.page(address).find_class("notice"))


def test_a_moment_that_lies_far_behind_the_last_event_or_ahead_says_so(visits: Visits) -> None:
    assert not notices(visits, "/list?at=2024-05-17T12:00")
    silent = notices(visits, "/list?lang=en")
    assert silent == "Nothing has been received since 2024-05-17 00:00:00, 15 days before this moment."
    ahead = notices(visits, "/offers?at=2024-06-01T18:00")
    assert ahead.startswith("Ce moment est à venir : la page suppose que rien d’autre n’arrive d’ici là.")
    assert "à venir" not in notices(visits, "/offers?at=2024-06-01T12:00")
    assert "1 jour avant" in notices(visits, "/candidates/C1?at=2024-05-18T09:00")


def test_before_the_log_a_page_says_when_it_begins_and_blames_no_filter(visits: Visits, tmp_path: Path) -> None:
    for address in ("/list?at=2023-12-01", "/offers?at=2023-12-01", "/list?known_at=0"):
        assert "Le premier événement du journal est du 01/01/2024 00:00:00" in notices(visits, address), address
        assert "filtres" not in words(visits.page(address).xpath("//main")[0]).replace("Chercher et filtrer", "")
    assert "Personne n’est actif" in words(visits.page("/list?at=2023-12-01"))
    assert not notices(Visits(Log(), tmp_path), "/offers")


def test_without_offers_in_the_days_shown_the_last_one_known_is_named_and_an_id_finds_its_offer_however_old(
    visits: Visits,
) -> None:
    page = visits.page("/offers?at=2026-01-31")
    assert "Aucune offre du 17/01/2026" in words(page)
    assert page.xpath("//main//a[contains(@href, '/offers/O1')]")
    assert "La dernière offre connue : O1, 17/05/2024 00:00:00." in words(page)
    for name in ("O1", "o1", "D1", "O"):
        assert visits.page(f"/offers?at=2026-01-31&q={name}").xpath("//th/a[text()='O1']"), name
    assert "ne répond à ces filtres" in words(visits.page("/offers?at=2024-05-18&q=O9"))
    assert "Aucune offre du" in words(visits.page("/offers?at=2024-05-18&state=withdrawn"))
    assert "filtres" not in words(visits.page("/offers?at=2024-05-16").xpath("//main/div")[0])


@pytest.mark.parametrize(
    ("said", "french", "english"),
    [
        ("2025-08-07T17:30:14+02:00", "07/08/2025 17:30:14", "2025-08-07 17:30:14"),
        ("2025-01-07T07:05:00+01:00", "07/01/2025 07:05:00", "2025-01-07 07:05:00"),
        ("2025-08-07T17:30", "07/08/2025 17:30", "2025-08-07 17:30"), ("2025-08-07", "07/08/2025", "2025-08-07"),
        ("2025-02-30", "30/02/2025", "2025-02-30"),
        *((each, each, each) for each in (
            "2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00", "2025-08-07T17:30:14.5+02:00",
            "2025-08-07T15:30:14Z", "2025-08-07T17:30:14+01:00", "2025-01-07T17:30:14+02:00",
            "1905-08-07T17:30:14+00:09",
            "2025-08-07T17:30:14", "2025-08-07t17:30:14+02:00", "now", "412", "hier", "",
        )),
    ],
)  # fmt: skip
def test_a_form_shows_a_time_as_people_write_it_where_it_is_read_back_to_the_letter(
    said: str, french: str, english: str
) -> None:
    for language, shown in (("fr", french), ("en", english)):
        assert as_typed(said, words_of(language)) == shown
        assert as_time(shown) == as_time(said)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_form_sent_untouched_gives_the_same_bytes(visits: Visits, lang: str) -> None:
    moments = "at=2024-05-18T09:00:01%2B02:00&known_at=2024-05-18T09:00&beside_at=2024-05-17&beside_known_at=now"
    address = f"/list?lang={lang}&{moments}"
    page = visits.page(address)
    for form in page.xpath("//section[@class='clocks']//form[@class='ask']"):
        sent = urlencode({each.get("name"): each.get("value") for each in form.iter("input")})
        assert "%2F2024" in sent or lang == "en"
        assert visits.text(f"/list?{sent}") == visits.text(address)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 36 ", "36"), ("\t2024-06-30T14:05:00+02:00\r\n", "2024-06-30T14:05:00+02:00"), ("now ", "now"),
        ("\u00a030/06/2024 14 h 05 ", "2024-06-30T14:05"), ("no time ", "no time"), ("", ""),
    ],
)  # fmt: skip
def test_blanks_around_what_was_copied_are_no_part_of_a_time(typed: str, read: str) -> None:
    assert as_time(typed) == read
