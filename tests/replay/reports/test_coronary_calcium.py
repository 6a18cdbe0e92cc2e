"""Coronary calcium beside the score: in panel, explanation and dossier, of candidate and donor, as known then."""

from pathlib import Path
from typing import Any

import pytest

from engine.coronary_calcium import calcium_caveats, calcium_classes
from replay.reports.dossier.files import html_file, pdf_file
from replay.reports.explain import explain
from replay.reports.words import LANGUAGES, Words, tables
from tests.long import examples
from tests.projections.support import Log
from tests.replay.command import asked, snagc
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import adult, offered, one_town
from tests.support import moment_of

AT = "2024-05-17T12:00:00+02:00"
SIDES = {
    "0": "0", "0.5": "1-99", "1": "1-99", "99.5": "1-99", "100": "100-399", "399.9": "100-399", "400": "400-999",
    "999.9": "400-999", "1000": "1000+", "20000": "1000+",
}  # fmt: skip
"""Both sides of each threshold."""


def recorded(log: Log, subject: str, time: str, agatston: str, **more: str) -> int:
    return log.add("coronary-calcium.recorded", subject, time, {"agatston": agatston, **more})


def told(agatston: str) -> Log:
    """An offer to a candidate whose calcium is recorded; the donor's is 12."""
    log = one_town()
    adult(log, "C1")
    recorded(log, "candidate/C1", "2024-05-10", agatston, method="gated CT")
    log.donor("D1", "2024-05-16")
    recorded(log, "donor/D1", "2024-05-16 12:00", "12")
    log.offered("O1", "2024-05-17")
    return log


def meaning(code: str) -> str:
    return next(each.meaning for each in calcium_classes() if each.code == code)


@pytest.mark.parametrize("agatston", SIDES)
def test_the_class_is_in_panel_explanation_and_dossier_beside_the_score(tmp_path: Path, agatston: str) -> None:
    log, code = told(agatston), SIDES[agatston]
    path = log.kept_at(tmp_path / "log.db")
    panel = asked("candidate", "C1", "--at", AT, "--log", path)["coronary_calcium"]
    explained = asked("explain", "O1", "C1", "--log", path)["coronary_calcium"]
    assert (panel["agatston"], panel["class"], panel["meaning"]) == (agatston, code, meaning(code))
    assert [each["code"] for each in panel["caveats"]] == [code for code, _ in calcium_caveats()]
    assert explained["candidate"] == panel
    assert (explained["donor"]["agatston"], explained["donor"]["class"]) == ("12", "1-99")
    for words in (("candidate", "C1", "--at", AT), ("explain", "O1", "C1")):
        shown = snagc(*words, "--log", path).stdout
        assert f"{agatston} Agatston units on 2024-05-10T" in shown
        assert f"class {code}: {meaning(code)}" in shown
        assert all(f"  {text}" in shown for _, text in calcium_caveats())
        assert "never scored" in shown
    dossier = document(log, "C1")
    for language in LANGUAGES:
        w = Words(language)
        text = text_of(html_file(dossier, language))
        assert f"\n{w('calcium_classes', code)}\n" in text
        assert w("calcium_meanings", code) in text
        assert text.count(w("calcium_caveats", "repeat")) == 2
        assert text.count(w("calcium", "title")) == 2


@pytest.mark.parametrize(
    "agatston", [*{code: agatston for agatston, code in SIDES.items()}.values()][:: examples(4, 1)]
)
def test_every_class_is_printed(agatston: str) -> None:
    assert pdf_file(document(told(agatston), "C1"), "fr").startswith(b"%PDF")


def of_the_explanation(log: Log, known_at: int | None = None) -> dict[str, Any]:
    return explain(moment_of(log.events, "O1", known_at), "C1").coronary_calcium()


def test_the_latest_in_effect_at_the_offer_is_shown_as_it_was_known_then() -> None:
    log = told("50")
    recorded(log, "candidate/C1", "2024-05-12", "150")
    recorded(log, "candidate/C1", "2024-05-11", "450")
    recorded(log, "candidate/C1", "2024-05-18", "1500")
    assert of_the_explanation(log)["candidate"]["class"] == "1-99"
    assert of_the_explanation(log, len(log.events))["candidate"]["class"] == "100-399"


def test_a_correction_is_shown_once_known() -> None:
    log = told("50")
    target = {"source": log.events[-1]["source"], "id": log.events[-4]["id"]}
    assert log.events[-4]["type"] == "snagc.coronary-calcium.recorded.v1"
    correction = {"event": target, "data": {"agatston": "500"}, "reason": "typing error"}
    log.add("event.corrected", "candidate/C1", "2024-05-18", correction)
    assert of_the_explanation(log)["candidate"]["agatston"] == "50"
    assert of_the_explanation(log, len(log.events))["candidate"]["class"] == "400-999"


def test_where_none_is_recorded_nothing_is_said(tmp_path: Path) -> None:
    log = one_town()
    adult(log, "C1")
    path = offered(log).kept_at(tmp_path / "log.db")
    assert asked("candidate", "C1", "--at", AT, "--log", path)["coronary_calcium"] is None
    assert of_the_explanation(log) == {"candidate": None, "donor": None}
    assert "calcium" not in snagc("explain", "O1", "C1", "--log", path).stdout
    assert Words("en")("calcium", "title") not in text_of(html_file(document(log, "C1"), "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_and_caveat_has_its_words(language: str) -> None:
    words, codes = tables(language), {each.code for each in calcium_classes()}
    assert set(words["calcium_classes"]) == set(words["calcium_meanings"]) == codes
    assert set(words["calcium_caveats"]) == {code for code, _ in calcium_caveats()}


def test_the_english_words_are_those_of_the_lecture_s_file() -> None:
    words = tables("en")
    assert words["calcium_meanings"] == {each.code: _typeset(each.meaning) for each in calcium_classes()}
    spoken = {code: _typeset(text[0].upper() + text[1:] + ".") for code, text in calcium_caveats()}
    assert words["calcium_caveats"] == spoken


def _typeset(text: str) -> str:
    return text.replace("'", "’")
