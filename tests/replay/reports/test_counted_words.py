"""Words agree with their numbers and with whom they are about, in both languages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from replay.reports.dossier.files import html_file
from replay.reports.words import LANGUAGES, Words, tables
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import adult, offered, one_town


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [(0, "0 an", "0 years"), (1, "1 an", "1 year"), ("1.5", "1.5 an", "1.5 years"), (2, "2 ans", "2 years")],
)
def test_the_plural_begins_at_two_in_french_and_beside_one_in_english(
    number: int | str, french: str, english: str
) -> None:
    assert [Words(each)("cover", "years", n=number) for each in LANGUAGES] == [french, english]


def texts(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every text that is not chosen by its number."""
    for key, value in table.items():
        if isinstance(value, Mapping) and not {"one", "many"} <= value.keys():
            yield from texts(value, f"{path}{key}.")
        elif isinstance(value, str):
            yield f"{path}{key}", value


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_is_chosen_by_its_number(language: str) -> None:
    counted = [key for key, text in texts(tables(language)) if re.search(r"\{n\} \w+s\b", text)]
    assert counted == ["jobs.done"], "of a log that holds an offer, the first events"


def test_an_infant_is_a_girl_or_a_boy_and_one_candidate_is_one() -> None:
    log = one_town()
    adult(log, "alone")
    adult(log, "girl", birth_date="2023-08-01", sex="F", height_cm="75", weight_kg="9", blood_group="O")
    adult(log, "boy", birth_date="2023-04-01", height_cm="75", weight_kg="9", donor_limits={"age": ["0", "1"]})
    log.started("alone", "total_artificial_heart", "2024-05-01", complicated=True)
    offered(log)
    french, english = (
        {name: text_of(html_file(document(log, name), each)) for name in ("alone", "girl", "boy")} for each in LANGUAGES
    )
    assert "girl : fille, 0 an," in french["girl"].replace("\u00a0", " ")
    assert "boy : garçon, 1 an," in french["boy"].replace("\u00a0", " ")
    assert "âge de 0 à 1 an" in french["boy"]
    assert "âge de 0 à 1 ans" not in french["boy"]
    assert "girl: girl, 0 years," in english["girl"]
    assert "alone: man, 45 years," in english["alone"]
    assert "1 candidat est classé, 2 sont écartés." in french["alone"]
    assert "1 candidate is ranked, 2 are excluded." in english["alone"]
    assert "compliquée" not in re.sub(r"gauche.{0,40}compliquée|non compliquée", "", french["alone"])
    assert ", avec complication" in french["alone"]
    assert "The score is by the adult standard component" in english["alone"]


def test_days_that_are_over_are_below_zero_and_days_to_come_are_not() -> None:
    left = ["-0.000001", "-0.999999", "0.000001", "14.999999", "0.000000"]
    assert [Words("en").days_left(each) for each in left] == ["−0.1", "−1.0", "0.0", "14.9", "0.0"]
    assert Words("fr").days_left("-0.000001") == "−0,1"
