"""What dossier and explanation say in words is so: of later facts, of results that are missing, of comparisons."""

from datetime import datetime, timedelta

import pytest

from replay.reports.dossier.files import html_file
from replay.reports.explain import EXCLUSIONS, explain
from replay.reports.words import LANGUAGES, Words
from tests.projections.support import Log
from tests.replay.audit.test_compare import excluded_with_new_figures
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.support import NOW, adult, offered, one_town
from tests.support import moment_of


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


def without(what: str, sampled: str | None = None) -> Log:
    """C1 with one result missing, or sampled too long ago; C2 with neither bilirubin nor creatinine."""
    log = one_town()
    adult(log, "C1", labs=None)
    log.labs("C1", "2024-05-16", **{what: None, "nt_probnp": "11332"})
    if sampled:
        log.labs("C1", sampled, **({"bilirubin": None, "creatinine": None} | {what: "20"}))
    adult(log, "C2", labs=None)
    return offered(log)


@pytest.mark.parametrize("what", ["bilirubin", "creatinine"])
def test_of_one_result_missing_or_too_old_it_is_not_said_that_survival_is_at_its_lowest(what: str) -> None:
    for log in (without(what), without(what, "2023-12-01")):
        assert log.entry("O1", "C1")["survival_1y"] > log.entry("O1", "C2")["survival_1y"]
    for reason in ("labs_missing", "labs_expired"):
        said = [EXCLUSIONS[reason], *(Words(language)("meanings", reason) for language in LANGUAGES)]
        assert not [each for each in said if "at its lowest" in each or "à sa valeur la plus basse" in each]
        assert all("3.4.4.5" in each and "3.4.4.6" in each for each in said)


@pytest.mark.parametrize(("lacking", "dialysis", "ranked"), [
    ("creatinine", False, False), ("creatinine", True, True), ("bilirubin", False, True), (None, False, True),
])  # fmt: skip
def test_without_a_usable_creatinine_no_adult_is_ranked_however_well_all_else_stands(
    lacking: str | None, dialysis: bool, ranked: bool
) -> None:
    """As the note beside the results says; a woman of 40 with no disease that counts, all else at its best."""
    for sampled in (None, "2023-12-01"):
        log = one_town()
        adult(log, "C1", labs=None, sex="F", birth_date="1984-05-17")
        if dialysis:
            log.started("C1", "chronic_dialysis", "2024-01-01")
        if sampled:
            log.labs("C1", sampled, nt_probnp="11332")
        log.labs("C1", "2024-05-16", **{"nt_probnp": "11332", **({lacking: None} if lacking else {})})
        run = offered(log).run("O1")
        assert [entry["candidate"] == "C1" for entry in run["ranking"]] == [True] * ranked
    assert all("Score CCB" in Words(language)("candidate_page", "labs_effect") for language in LANGUAGES)


def before_offer(days: int, microseconds: int) -> str:
    """A clock in Paris so long before the offer."""
    return str(datetime.fromisoformat(NOW) - timedelta(days=days, microseconds=microseconds))


@pytest.mark.parametrize(
    ("microseconds", "shown"), [(1, "105.00000000001"), (40_000, "105.0000005"), (3_600_000_000, "105.041667")]
)
def test_a_printed_comparison_is_true_where_six_decimals_would_make_it_false(microseconds: int, shown: str) -> None:
    log = one_town()
    adult(log, "C1", labs=None)
    log.labs("C1", before_offer(105, microseconds), nt_probnp="11332")
    offered(log)
    told = [note for step in explain(moment_of(log.events, "O1"), "C1").steps for note in step.decided]
    about = [note for note in told if "DBILI2 <= Delai_Var_Bio_GRF" in note]
    assert about
    assert all(f"{shown} <= 105): false" in note for note in about)
    text = text_of(html_file(document(log, "C1"), "fr"))
    assert f"{shown.replace('.', ',')} ≤ 105) : faux" in text.replace("\u00a0", " ")
