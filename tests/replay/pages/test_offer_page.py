"""The pages of an offer and of an explanation: what they show is what the API says, narrowed as the API narrows it."""

from pathlib import Path

import pytest

from engine.errors import UnknownError
from replay.pages.explanation import law_said
from replay.pages.page import words_of
from replay.service.viewer import AUDITOR, TEAM, Viewer
from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log
from tests.replay.audit.test_compare import excluded_with_new_figures
from tests.replay.pages.visits import HOSTILE, Visits, figures, opened, words, wrong_figures
from tests.replay.reports.test_dossier_recorded import two, with_recorded
from tests.replay.support import adult, expert, offered

OWN = Viewer("T1", (TEAM,), centres=(CENTRE,))
AUDITS = Viewer("A1", (AUDITOR,), centres=())
OTHERS = ("X1", "X2", "X3")


def world(*, closed: bool = False) -> Log:
    """Two centres' candidates at an offer under way, passed over and refused; C2's results came late."""
    log = Log()
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 30], [SITE, ELSEWHERE, 200]])
    expert(log, "X1", centre=ELSEWHERE)
    expert(log, "C1", points="800", birth_date="1962-05-17")
    adult(log, "X2", centre=ELSEWHERE)
    adult(log, "C2", labs=None, team=HOSTILE)
    adult(log, "X3", blood_group="O", centre=ELSEWHERE)
    log.donor("D1", "2024-05-16", birth_date="1979-03-12", age=None)
    log.offered("O1", "2024-05-17 08:00")
    log.add("proposal.made", "offer/O1", "2024-05-17 08:10", {"candidate": "X1"})
    log.add("proposal.declined", "offer/O1", "2024-05-17 08:40", {"candidate": "X1", "reason": HOSTILE})
    log.add("proposal.made", "offer/O1", "2024-05-17 08:50", {"candidate": "X2"})
    log.add("proposal.made", "offer/O1", "2024-05-17 09:00", {"candidate": "C1"})
    if closed:
        log.add("proposal.accepted", "offer/O1", "2024-05-17 09:30", {"candidate": "C1"})
        log.add("offer.closed", "offer/O1", "2024-05-17 20:00", {"outcome": "transplanted", "candidate": "C1"})
    log.labs("C2", "2024-05-10", nt_probnp="11332")
    return log


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    return Visits(world(), tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    return Visits(world(closed=True), tmp_path_factory.mktemp("pages"))


def test_the_ranking_is_the_run_s_and_each_candidate_has_a_bar(visits: Visits) -> None:
    page, run = visits.page("/offers/O1"), world().run("O1")
    ranking = page.xpath("//section[@aria-labelledby='ranking']")[0]
    assert ranking.xpath("./div/section/@data-document") == ["/offers/O1/match-run"]
    assert figures(ranking, "/snagc") == [entry["snagc"] for entry in run["ranking"]]
    assert len(page.xpath("//td/*[name()='svg'][contains(@class, 'factors')]")) == (
        len(run["ranking"]) + len(run["excluded"]) + 2
    )
    drawn = ranking.xpath(".//*[name()='svg']/@aria-label")
    assert any("âge × 0" in said and said.startswith("C1") for said in drawn)
    assert "groupe ABO, 1 candidat" in words(page.xpath("//section[@aria-labelledby='excluded']")[0])


def test_what_later_facts_change_stands_first_while_the_offer_is_open_and_is_asked_for_later(
    visits: Visits, finished: Visits
) -> None:
    sections = visits.page("/offers/O1").xpath("//main/section/@aria-labelledby")
    assert sections[:2] == ["since", "graft"]
    since = visits.page("/offers/O1?lang=en").xpath("//section[@aria-labelledby='since']")[0]
    assert "C2 unranked" in words(since)
    assert "laboratory result, 2024-05-10 00:00:00, learnt after the offer" in words(since)
    done = finished.page("/offers/O1").xpath("//main/section/@aria-labelledby")
    assert done.index("since") == len(done) - 2
    assert not finished.page("/offers/O1").xpath("//section[@aria-labelledby='since']//table")
    assert finished.page("/offers/O1?since=now").xpath("//section[@aria-labelledby='since']//table")


def test_later_facts_of_an_excluded_candidate_are_told_and_not_denied(tmp_path: Path) -> None:
    visits = Visits(excluded_with_new_figures(), tmp_path)
    for language, said, denied in (
        ("fr", "limited (non classé) : ICAR 14 → ", "Rien"), ("en", "limited (not ranked): ICAR 14 → ", "Nothing"),
    ):  # fmt: skip
        since = words(
            visits.page(f"/offers/O1?since=now&lang={language}").xpath("//section[@aria-labelledby='since']")[0]
        )
        assert said in since.replace("\u00a0", " ")
        assert denied not in since


def test_to_a_team_of_which_nobody_changes_the_page_says_nothing_of_others(tmp_path: Path) -> None:
    log = Log()
    adult(log, "C1", blood_group="O")
    adult(log, "X1", centre=ELSEWHERE)
    offered(log)
    log.lab("X1", "total_bilirubin", "60", "2024-05-16 12:00")
    visits = Visits(log, tmp_path)
    own, whole = (
        visits.page("/offers/O1?lang=en", viewer).xpath("//section[@aria-labelledby='since']")[0]
        for viewer in (OWN, AUDITS)
    )
    assert "Nothing for your candidates" in words(own)
    assert "One candidate would have another rank or SNAGC" in words(whole)


def test_acts_stand_on_a_time_line_and_departures_from_the_ranking_are_framed(finished: Visits) -> None:
    page = finished.page("/offers/O1?lang=en")
    line = page.xpath("//*[contains(@class, 'timeline')]")[0]
    kinds = ("snagc.proposal.", "snagc.offer.closed")
    acts = [n for n, event in enumerate(world(closed=True).events, 1) if event["type"].startswith(kinds)]
    assert sorted(opened(line)) == acts
    assert len(line.xpath(".//*[contains(@class, 'deviation')]")) == 2
    assert HOSTILE.partition("{")[0] in page.text_content()
    assert [script.get("src", "")[:8] for script in page.iter("script")] == ["/static/"]


def test_as_known_at_another_moment_the_run_is_that_of_the_api_and_the_decision_is_one_form_away(
    visits: Visits,
) -> None:
    log = world()
    page = visits.page(f"/offers/O1?known_at={len(log.events)}")
    told = figures(page.xpath("//section[@aria-labelledby='ranking']")[0], "/snagc")
    assert told == [entry["snagc"] for entry in log.run("O1", known_at=len(log.events))["ranking"]]
    assert "Voir la décision" in words(page)
    assert "Voir la décision" not in words(visits.page("/offers/O1"))


def test_a_run_and_an_explanation_stand_beside_themselves_as_known_at_another_moment(visits: Visits) -> None:
    late = "&beside_at=2024-05-17T12:00&beside_known_at=now&lang=en"
    page = visits.page(f"/offers/O1?{late[1:]}")
    sides = page.xpath("//section[@aria-labelledby='ranking']/div[@class='beside']/section")
    assert [side.get("data-document").partition("?")[2][:8] for side in sides] == ["", "known_at"]
    assert "C2" not in words(sides[0])
    marked = sides[1].xpath(".//data[contains(@class, 'differs')]/@data-figure")
    assert {"ranking/C2/snagc", "ranking/X2/rank"} <= set(marked)
    assert "ranking/X2/snagc" not in marked
    assert "laboratory result" in words(page.xpath("//section[contains(@class, 'callout')]")[0])
    page = visits.page("/offers/O1/candidates/C2?known_at=now&beside_known_at=21&lang=en")
    assert len(page.xpath("//div[@class='beside']/section")) == 2
    assert "Why this candidate is excluded" in words(page.xpath("//div[@class='beside']/section")[1])
    page = visits.page("/offers/O1?beside_known_at=11&lang=en")
    assert "the donor is not registered as known then" in words(page)


def test_beside_itself_an_offer_says_what_became_of_it_though_the_ranking_is_the_decision_s(finished: Visits) -> None:
    page = finished.page("/offers/O1?at=2024-05-17T08:45&beside_at=2024-05-18&lang=en")
    told = page.xpath("//main/section[contains(@class, 'callout')]")
    assert len(told) == 1
    assert "The ranking is that of the decision at both moments" in words(told[0])
    assert "State: open, nobody asked who has not answered; at the other moment: closed: transplanted." in words(
        told[0]
    )
    assert opened(told[0]) == [n for n, event in enumerate(world(closed=True).events, 1)
                               if event["subject"] == "offer/O1" and event["time"] > "2024-05-17T08:45"]  # fmt: skip
    assert "Nothing differs" not in words(page)
    same = words(finished.page("/offers/O1?at=2024-05-18&beside_at=2024-05-19&lang=en"))
    assert "State at both moments: closed: transplanted. The acts known are the same." in same
    before = words(finished.page("/offers/O1?at=2024-05-18&beside_at=2024-05-01&lang=en"))
    assert "at the other moment: not made yet." in before
    closed = len(world(closed=True).events) - 3
    known = words(finished.page(f"/offers/O1?known_at={closed - 1}&beside_known_at={closed}&lang=en"))
    assert "Nothing differs in the ranking." in known
    assert "State: open, accepted; at the other moment: closed: transplanted." in known


def test_before_its_offer_a_page_says_so_and_tells_nothing_learnt_since(visits: Visits) -> None:
    made = next(n for n, event in enumerate(world().events, 1) if event["type"] == "snagc.graft.offered.v1")
    for early in ("at=2024-05-16", f"known_at={made - 1}", "at=2024-05-16&known_at=now"):
        page = visits.page(f"/offers/O1?{early}")
        assert "Cette offre n’était pas encore faite" in words(page), early
        assert not page.xpath("//section[@aria-labelledby='since']//table")
    form = page.xpath("//div[contains(@class, 'callout')]//form")[0]
    asked = {field.get("name"): field.get("value") for field in form.iter("input")}
    assert asked.keys() == {"at"}
    assert "pas encore faite" not in words(visits.page(f"/offers/O1?at={asked['at']}"))


def test_while_an_offer_is_open_its_ranking_marks_who_is_gone_since_and_who_was_not_asked_yet(tmp_path: Path) -> None:
    log = Log()
    for name in ("C1", "C2", "C3", "C4"):
        adult(log, name)
    offered(log)
    log.add("proposal.made", "offer/O1", "2024-05-17 08:10", {"candidate": "C1"})
    log.happened("suspended", "C2", "2024-05-17 09:10", reason="fever")
    visits = Visits(log, tmp_path)

    def told(moment: str, viewer: Viewer = AUDITS) -> list[str]:
        page = visits.page(f"/offers/O1?at=2024-05-{moment}&lang=en", viewer)
        return [words(name) for name in page.xpath("//section[@aria-labelledby='ranking']//tbody//th")]

    assert told("17T09:15") == ["C1 proposed", "C2 suspended since", "C3 first not asked yet", "C4"]
    assert told("17T09:05") == ["C1 proposed", "C2 first not asked yet", "C3", "C4"]
    assert told("17T09:15", OWN) == ["C1 proposed", "C2 suspended since", "C3", "C4"]
    assert told("16T23:00") == ["C1", "C2", "C3", "C4"]


def test_a_team_sees_of_an_offer_its_own_candidates_and_nothing_of_others(visits: Visits, finished: Visits) -> None:
    for each, address in (
        (visits, "/offers/O1"),
        (finished, "/offers/O1?since=now"),
        (visits, "/offers/O1?known_at=now"),
    ):
        text = each.text(address, OWN)
        assert "C1" in text
        assert not [name for name in OTHERS if name in text]
        assert "1979-03-12" not in text
        assert "Les rangs sont ceux du classement entier" in text
    assert all(name in visits.text("/offers/O1", AUDITS) for name in OTHERS)
    with pytest.raises(UnknownError):
        visits.text("/offers/O1/candidates/X1", OWN)


def test_an_explanation_stands_line_by_line_beside_the_guide_and_each_figure_opens_its_event(visits: Visits) -> None:
    page = visits.page("/offers/O1/candidates/C1?lang=en")
    lines = page.xpath("//article[@class='line']")
    assert any("F1_DifAge" in words(line) and "annex 3.4.1" in words(line) for line in lines)
    last = lines[-1]
    assert "ScoreNACG = Score CCP x MG" in words(last.xpath("./div[@class='law']")[0])
    assert figures(last, "/value") == [words(last.xpath(".//*[contains(@class, 'result')]")[0]).split()[1]]
    events, linked = world().events, set(opened(page, "//p[contains(@class, 'given')]//a/@href"))
    assert {events[position - 1]["subject"] for position in linked} == {"candidate/C1", "donor/D1", "travel-times/V1"}
    excluded = visits.page("/offers/O1/candidates/X3?lang=en")
    assert "Why this candidate is excluded" in words(excluded)


def test_every_figure_is_the_api_s_for_the_same_moments(visits: Visits, finished: Visits) -> None:
    asked = (
        "/offers/O1", "/offers/O1?known_at=now", "/offers/O1?beside_known_at=now", "/offers/O1/candidates/C1",
        "/offers/O1/candidates/X3", "/offers/O1/candidates/C2?known_at=now&beside_known_at=21",
    )  # fmt: skip
    for number, address in enumerate(asked):
        each, viewer = (visits, finished)[number % 2], AUDITS if "X3" in address or number == 1 else OWN
        page = each.page(address, viewer)
        assert page.xpath("//*[@data-document]//data")
        assert not wrong_figures(page, each.desk, viewer)


def test_two_candidates_of_one_graft_can_be_laid_beside_each_other(visits: Visits) -> None:
    page = visits.page("/offers/O1/candidates/C1?against=X1&lang=en")
    rows = {words(row[0]): [words(cell) for cell in row[1:]] for row in page.xpath("//table[1]/tbody/tr")}
    assert rows["Rank"] == ["1", "2"]
    assert rows["Travel (minutes)"] == ["30", "200"]
    assert not wrong_figures(page, visits.desk)
    for name, viewer in (("C9", AUDITS), ("X1", OWN)):
        page = visits.page(f"/offers/O1/candidates/C1?against={name}", viewer)
        assert len(page.xpath("//*[@role='alert']")) == 1


def test_what_does_not_exist_is_unknown_and_nothing_else(visits: Visits, tmp_path: Path) -> None:
    for address in ("/offers/O9", "/offers/O1/candidates/C9", "/candidates/C9", "/offers/é"):
        with pytest.raises(UnknownError):
            visits.text(address)


def test_since_when_a_formula_holds_is_said_in_the_page_s_language() -> None:
    assert law_said("From 2020-01-07: Si CEC2='O'", words_of("fr")).endswith("janvier 2020\u00a0: Si CEC2='O'")
    assert law_said("From 2020-01-07: Si CEC2='O'", words_of("en")).endswith("2020: Si CEC2='O'")
    assert law_said("AGER >= 18.", words_of("fr")) == "AGER >= 18."


def test_of_a_ranking_recorded_at_the_time_a_team_is_told_for_its_own_alone(tmp_path: Path) -> None:
    visits = Visits(with_recorded(two(), X1="1.000001"), tmp_path)
    whole, own = (visits.text("/offers/O1?lang=en", viewer) for viewer in (AUDITS, OWN))
    assert "The ranking recorded at the time differs for 1 candidate." in whole
    assert "For the candidates shown here the ranking recorded at the time is identical." in own


def test_under_18_the_ranking_shows_no_survival_as_none_applies(tmp_path: Path) -> None:
    page = Visits(two(), tmp_path).page("/offers/O1?lang=en", AUDITS)
    shown = {
        words(row.xpath("./th")[0]).split()[0]: [words(cell) for cell in row.xpath("./td")]
        for row in page.xpath("//section[@aria-labelledby='ranking']//tbody/tr")
    }
    assert [share for share in shown["child"] if "%" in share] == []
    assert [share for share in shown["C1"] if "%" in share] != []
