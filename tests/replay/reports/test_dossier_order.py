"""What the dossier says of the order: who comes first of two equal scores and why, and whose turn the offer is."""

import re
from typing import Any

import pytest

from projections.ties import TIE_BREAKS
from replay.reports.dossier.files import html_file
from replay.reports.words import LANGUAGES, Words, tables
from tests.projections.support import Log
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import adult, expert, offered, one_town


def paragraphs(told: dict[str, Any], language: str) -> str:
    return re.sub(r"\s+", " ", text_of(html_file(told, language)))


def two(registered: str = "2024-01-01", **fields: Any) -> Log:
    """Two of one score, C2 before C1 in the order of the log."""
    log = one_town()
    adult(log, "C2")
    log.registered("C1", registered, birth_date="1979-05-17", **fields)
    log.labs("C1", "2024-05-16", nt_probnp="11332")
    return log


def test_an_earlier_registration_is_named_with_both_dates() -> None:
    told = document(offered(two("2023-11-05")))
    assert [each["decided_by"] for each in told["explanation"]["ties"]] == ["registration"]
    assert (
        "À score égal, le candidat C1 passe avant le candidat C2 : il a été inscrit plus tôt (5 novembre 2023 à "
        "00 h 00 min 00 s (UTC+01:00), contre 1er janvier 2024 à 00 h 00 min 00 s (UTC+01:00))."
    ) in paragraphs(told, "fr")
    assert "At equal scores candidate C1 goes before candidate C2: the registration is earlier" in paragraphs(
        told, "en"
    )


def test_where_all_is_equal_the_identifier_decides() -> None:
    text = paragraphs(document(offered(two()), "C2"), "fr")
    assert "le candidat C1 passe avant le candidat C2 : tout le reste est égal, et son identifiant" in text


def test_an_expert_component_goes_before_one_without_and_before_a_later_one() -> None:
    log = one_town()
    expert(log, "C1", "2024-05-03")
    expert(log, "C2", "2024-05-02")
    text = paragraphs(document(offered(log)), "fr")
    assert (
        "le candidat C2 passe avant le candidat C1 : sa composante expert est en vigueur depuis plus longtemps" in text
    )
    log = two()
    log.granted("C2", "XPCA", "2024-05-02", points="350")
    text = paragraphs(document(offered(log)), "fr")
    assert "le candidat C2 passe avant le candidat C1 : il a une composante expert en vigueur (2 mai 2024" in text


def test_without_equal_scores_nothing_is_said_of_them() -> None:
    log = two()
    log.labs("C1", "2024-05-16 12:00", bilirubin="60")
    assert "À score égal, le candidat" not in paragraphs(document(offered(log)), "fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tie_break_has_its_words(language: str) -> None:
    alone = {f"{name}_only" for name in ("expert_component", "lvad")}
    assert set(tables(language)["ties"]) == {*TIE_BREAKS, *alone}


@pytest.mark.parametrize(("before", "turn"), [(3, "turn_no"), (4, "turn_yes"), (5, "turn_no"), (9, "turn_yes")])
def test_the_turn_of_those_on_an_lvad_is_what_the_rule_says(before: int, turn: str) -> None:
    log = one_town()
    log.counter(before)
    adult(log)
    told = document(offered(log))
    assert told["rules"]["assist_turn"] == (turn == "turn_yes")
    assert f"(guide 1.2.2, annexe 3.3.2). {Words('fr')('graft', turn)}" in paragraphs(told, "fr")


def test_truth_in_a_formula_is_a_word_of_the_language() -> None:
    assert Words("fr").formula("NULL = 'G' ET false") == "NULL = 'G' ET faux"
    assert Words("en").formula("NULL = 'G' ET false") == "NULL = 'G' ET false"
    told = paragraphs(document(offered(two())), "fr")
    assert "ET faux" in told
    assert " false" not in told
