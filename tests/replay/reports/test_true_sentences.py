"""What dossier and explanation say in words is so: of later facts, of results that are missing, of comparisons."""

import pytest

from replay.reports.dossier.files import html_file
from replay.reports.words import Words
from tests.replay.audit.test_compare import excluded_with_new_figures
from tests.replay.reports.test_dossier import document, text_of


@pytest.mark.parametrize(
    ("candidate", "french", "english"),
    [
        (
            "limited",
            "limited n’est toujours pas classé, mais ceci change",
            "limited is still not ranked, but this changes",
        ),
        ("ranked", "3 candidats, classés ou écartés, auraient", "3 candidates, ranked or excluded, would have"),
    ],
)
def test_figures_of_an_excluded_candidate_that_changed_are_told(candidate: str, french: str, english: str) -> None:
    log = excluded_with_new_figures()
    told = document(log, candidate)
    assert told["later"]["changes"] == []
    assert {each["subject"] for each in told["later"]["learnt"]} >= {"candidate/limited", "candidate/group"}
    for language, expected, ranked_alone in (
        ("fr", french, "Le rang et le SNAGC de chaque candidat classé sont identiques"),
        ("en", english, "Rank and SNAGC of every ranked candidate are the same"),
    ):
        text = text_of(html_file(told, language))
        assert expected in text
        assert ranked_alone in text
        assert Words(language)("later", "same") not in text
        assert Words(language)("summary", "later_same") not in text
        then, now = (
            next(each for each in log.run("O1", known_at=known_at)["excluded"] if each["candidate"] == "limited")["ccb"]
            for known_at in (None, len(log.events))
        )
        w = Words(language)
        assert f"{w('score_names', 'ccb')} {w.short(then)} → {w.short(now)}" in text
