"""What a dossier says of rankings recorded at the time, first of all on its first page, and of survival under 18."""

from typing import Any

import pytest

from replay.reports.dossier.files import html_file
from replay.reports.dossier.ranking import DASH
from replay.reports.words import LANGUAGES, Words
from replay.service import own
from tests.projections.support import Log
from tests.replay.reports.test_dossier import document, text_of
from tests.replay.service.test_own import of
from tests.replay.support import adult, offered, one_town

HERE, ELSEWHERE = "750000010", "130000030"


def two() -> Log:
    """An offer to two candidates of two centres and a child without results."""
    log = one_town()
    adult(log, "C1", centre=HERE)
    adult(log, "X1", centre=ELSEWHERE)
    adult(log, "child", centre=HERE, birth_date="2012-05-17", labs=None)
    return offered(log)


def with_recorded(log: Log, **snagc: str) -> Log:
    """The offer's run recorded as it is, but for the scores given."""
    run = log.run("O1")
    ranking = [
        {"rank": each["rank"], "candidate": each["candidate"], "snagc": snagc.get(each["candidate"], each["snagc"])}
        for each in run["ranking"]
        if snagc.get(each["candidate"]) != "-"
    ]
    kept = {name: run[name] for name in ("offer", "counter", "ruleset", "readings")}
    log.add("match-run.recorded", "offer/O1", "2024-05-17", {**kept, "log_size": run["known_at"], "ranking": ranking})
    return log


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def parts(told: dict[str, Any], language: str) -> tuple[str, str]:
    """The summary, and the section on acts."""
    w, text = Words(language), text_of(html_file(told, language))
    summary = text.split(w("sections", "summary"))[2].split(w("sections", "graft"))[0]
    return summary, text.split(w("sections", "acts"))[-1].split(w("sections", "proof"))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_says_whether_the_ranking_of_the_time_is_the_one_calculated_again(language: str) -> None:
    w = Words(language)
    same, none = w("summary", "recorded_same"), w("summary", "recorded_none")
    differs = w("summary", "recorded_differs", n=1, section=w("sections", "acts"))
    for log, said in ((two(), none), (with_recorded(two()), same), (with_recorded(two(), C1="1.000001"), differs)):
        summary, _ = parts(document(log, "C1"), language)
        assert [each for each in (same, none, differs) if each in summary] == [said]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_it_differs_both_ranks_and_scores_stand_beside_each_other(language: str) -> None:
    log, w = with_recorded(two(), C1="1.000001", X1="-"), Words(language)
    told = document(log, "C1")
    ours = {entry["candidate"]: entry for entry in log.run("O1")["ranking"]}
    assert told["recorded"][0]["differences"] == [
        {
            "candidate": name,
            "rank_recorded": ours[name]["rank"] if name == "C1" else None,
            "snagc_recorded": "1.000001" if name == "C1" else None,
            "rank": ours[name]["rank"],
            "snagc": ours[name]["snagc"],
        }
        for name in sorted(("C1", "X1"), key=lambda each: ours[each]["rank"])
    ]
    _, acts = parts(told, language)
    cells = [line.strip() for line in acts.split("\n") if line.strip()]
    for figure in (w.number("1.000001"), w.number(ours["C1"]["snagc"]), w.number(ours["X1"]["snagc"]), DASH):
        assert figure in cells


@pytest.mark.parametrize("language", LANGUAGES)
def test_to_a_team_it_is_the_same_for_those_shown_and_not_for_all(language: str) -> None:
    w, log = Words(language), with_recorded(two(), X1="1.000001")
    told = own.dossier(document(log, "C1"), of(log, HERE))
    assert [(each["differing"], each["differences"]) for each in told["recorded"]] == [([], [])]
    summary, acts = parts(told, language)
    assert w("summary", "recorded_same_own") in summary
    assert w("summary", "recorded_same") not in summary
    assert " ".join(w("acts", "recorded_same_own", position=len(log.events), engine="urn:test:words").split()) in flat(
        acts
    )


def test_under_18_the_tables_show_no_survival_as_none_applies() -> None:
    log = two()
    told = document(log, "C1")
    (child,) = (entry for entry in told["run"]["ranking"] if entry["candidate"] == "child")
    assert child["survival_1y"] < "0.05"
    for language in LANGUAGES:
        cells = [line.strip() for line in text_of(html_file(told, language)).split("\n") if line.strip()]
        assert Words(language).short(child["survival_1y"]) not in cells
        assert Words(language).short(log.entry("O1", "C1")["survival_1y"]) in cells
