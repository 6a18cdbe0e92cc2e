"""The page of a candidate: what it shows is what the documents say, and what it supposes touches nothing."""

from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest

from engine.errors import RequestError, UnknownError
from replay.cli.listing import survival_said
from replay.reports.words import Words
from replay.service.viewer import EXPERT, TEAM, Viewer
from tests.long import examples
from tests.projections.support import CENTRE, ELSEWHERE, Log
from tests.replay.command import snagc
from tests.replay.pages.visits import HOSTILE, Visits, figures, opened, words, wrong_figures
from tests.replay.support import adult

OTHER = Viewer("T2", (TEAM,), centres=(ELSEWHERE,))
OWN = Viewer("T1", (TEAM,), centres=(CENTRE,))


def world() -> Log:
    """C1 on ECMO with an expert's agreement to come into its own by and by, C2 with results that age, C3 a child."""
    log = Log()
    adult(log, "C1", labs="2024-05-30")
    log.granted("C1", "XPCA", "2024-05-20", delay_months=2, situation="mcs_haemorrhage")
    adult(log, "C2", labs="2024-05-02", team=HOSTILE)
    log.started("C2", "ecmo", "2024-05-24", device=HOSTILE)
    log.labs("C2", "2024-05-31", bilirubin="60", creatinine="150", nt_probnp="5000")
    log.registered("C3", "2024-03-01", birth_date="2006-08-01", height_cm="160", weight_kg="50")
    log.happened("suspended", "C3", "2024-04-01", reason=HOSTILE)
    log.happened("reinstated", "C3", "2024-04-15")
    log.donor("D1", "2024-05-01")
    for number in range(1, 13):
        log.offered(f"O{number}", f"2024-05-31 {number:02}:00")
        log.add("proposal.made", f"offer/O{number}", f"2024-05-31 {number:02}:10", {"candidate": "C2"})
    log.add("proposal.declined", "offer/O12", "2024-05-31 12:20", {"candidate": "C2", "reason": HOSTILE})
    return log


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    return Visits(world(), tmp_path_factory.mktemp("pages"))


def test_the_panel_has_its_eight_items_and_the_figures_are_the_document_s(visits: Visits) -> None:
    page = visits.page("/candidates/C2")
    items = [words(each) for each in page.xpath("//dl[contains(@class, 'numbered')]/dt")]
    assert len(items) == 8
    panel = page.xpath("//section[@data-document]")[0]
    assert figures(panel, "panel/ccb") == figures(page, "panel/ccb")[:1] * 2
    assert len(figures(page, "survival_1y")) == 4
    assert page.xpath("//section/@data-document")[0].startswith("/candidates/C2?at=2024-06-01T12:00")


def test_a_child_whose_results_are_missing_is_not_told_that_survival_lacks_them_and_that_none_is_missing(
    tmp_path: Path,
) -> None:
    log = Log()
    log.registered("BABY", "2024-03-01", birth_date="2020-08-01", height_cm="110", weight_kg="20")
    visits, path = Visits(log, tmp_path), log.kept_at(tmp_path / "child.db")
    for language, lacking, needed in (
        ("fr", "avant 18 ans, la survie prédite n’écarte personne", "aucune dont le score ait besoin avant 18 ans"),
        ("en", "before 18 predicted survival keeps nobody out", "none that the score needs before 18"),
    ):
        items = visits.page(f"/candidates/BABY?lang={language}").xpath("//dl[contains(@class, 'numbered')]/dd")
        assert lacking in words(items[6])
        assert words(items[7]) == needed
    told = snagc("candidate", "BABY", "--at", "2024-06-01", "--log", path).stdout
    assert "before 18 survival keeps nobody out" in told
    assert "variables missing or too old       none that the score needs before 18" in told


def test_who_is_ineligible_is_told_so_in_the_banner_and_nobody_else_is(tmp_path: Path) -> None:
    log = Log()
    for number, sampled in enumerate(("2024-01-01", "2024-05-01")):
        log.registered(f"C{number}", "2024-01-01", birth_date="1979-05-17")
        log.labs(f"C{number}", sampled)
    visits = Visits(log, tmp_path)
    told = []
    for name in ("C0", "C1"):
        page = visits.page(f"/candidates/{name}?at=2024-06-01")
        banner = page.xpath("//div[@class='headline']/following-sibling::p[contains(@class, 'bad')]")
        told.append([words(each).split(" (")[0] for each in banner])
    assert told == [["Inéligible à la greffe"], []]


def test_beside_an_adult_s_results_stands_what_their_lack_does_and_not_beside_a_child_s(
    visits: Visits, tmp_path: Path
) -> None:
    log = Log()
    log.registered("BABY", "2024-03-01", birth_date="2020-08-01", height_cm="110", weight_kg="20")
    said = Words("fr")("candidate_page", "labs_effect").replace("\u00a0", " ")
    for page, expected in (
        (visits.page("/candidates/C2"), True), (Visits(log, tmp_path).page("/candidates/BABY"), False),
    ):  # fmt: skip
        assert (said in words(page).replace("\u00a0", " ")) is expected


@pytest.mark.parametrize(
    ("share", "shown"),
    [("0.499970", "49.9"), ("0.499999", "49.9"), ("0.500000", "50.0"), ("0.736999", "73.6"), ("1.000000", "100.0")],
)
def test_a_share_is_rounded_down_on_the_page_and_on_the_command_line(share: str, shown: str) -> None:
    assert Words("fr").percent(share) == f"{shown.replace('.', ',')}\u00a0%"
    assert Words("en").percent(share) == f"{shown}%"
    row = {"donor_age": "<= 55", "donor_sex": "F", "survival_1y": share, "eligible": False}
    assert survival_said(row) == f"donor <= 55 years, F: {shown}% (too low)"


def test_who_the_candidate_is_stands_first_and_names_no_birth_date(visits: Visits) -> None:
    told = words(visits.page("/candidates/C3?at=2024-08-01&lang=en").xpath("//main/dl")[0])
    assert "C3: man, 18 years, group A, 160 cm, 50 kg" in told
    assert "17 years" in words(visits.page("/candidates/C3?at=2024-07-31T23:59&lang=en").xpath("//main/dl")[0])
    assert "identical" in told
    assert "2006" not in told
    assert opened(visits.page("/candidates/C3").xpath("//main/dl")[0]) == [
        n for n, event in enumerate(world().events, 1)
        if event["subject"] == "candidate/C3" and "registered" in event["type"]
    ]  # fmt: skip


def test_the_window_begins_at_the_same_time_by_the_clock_though_it_was_changed_in_between(visits: Visits) -> None:
    page = visits.page("/candidates/C2?at=2024-04-15T12:00&known_at=now&days=30")
    assert page.xpath("//section[@aria-labelledby='course']//@data-document")[-1].startswith(
        "/candidates/C2/course?from=2024-03-16T12:00:00%2B01:00&to=2024-08-05T12:00:00%2B02:00"
    )


def test_what_falls_when_is_told_from_the_moment_on(visits: Visits) -> None:
    page = visits.page("/candidates/C2?lang=en")
    ahead = page.xpath("//h3[starts-with(., 'What comes')]/following-sibling::div[1]//tbody/tr")
    told = [(words(row[0])[:10], words(row[1])) for row in ahead]
    assert ("2024-06-04", "a result grows too old: bilirubin, creatinine") in told
    assert any(said == "the points on ECMO fade" for _, said in told)
    ramp = visits.page("/candidates/C1?lang=en")
    grows = ramp.xpath("//h3[starts-with(., 'What comes')]/following-sibling::div[1]//tbody/tr[contains(., 'grow')]")
    assert "to 2024-07-20" in words(grows[0][0])
    assert figures(grows[0], "ccb")[-1] == "900.000000"
    child = visits.page("/candidates/C3?lang=en")
    assert "18 years old" in words(child)


def test_what_comes_begins_at_the_moment_shown_with_what_the_panel_says_there(visits: Visits) -> None:
    for candidate, at in (("C1", "2024-06-01T03:10"), ("C1", "2024-06-01"), ("C2", "2024-06-01T23:59:59")):
        page = visits.page(f"/candidates/{candidate}?at={at}&known_at=now&lang=en")
        ahead, behind = page.xpath("//h3[starts-with(., 'What')]/following-sibling::div[1]//tbody")
        assert figures(ahead[0], "ccb")[0] == figures(page, "panel/ccb")[0]
        if candidate == "C1":
            assert words(ahead[0][0]).startswith(f"from {at.replace('T', ' ')}")
        for row in behind.xpath("./tr[starts-with(., 'from')]")[:: examples(4, 1)]:
            when = words(row[0])[5:].partition(" to ")[0].replace(" ", "T")
            then = visits.page(f"/candidates/{candidate}?at={when}&known_at=now")
            assert figures(row, "ccb")[0] == figures(then, "panel/ccb")[0]
        assert not wrong_figures(page, visits.desk)


def test_every_event_of_the_days_shown_is_a_mark_that_opens_it(visits: Visits) -> None:
    page = visits.page("/candidates/C2?at=2024-06-01&lang=en&days=365")
    marks = page.xpath("//figure//*[name()='a'][contains(@class, 'mark')]/@href")
    positions = [number for number, event in enumerate(world().events, 1) if event["subject"] == "candidate/C2"]
    assert sorted(set(opened(page.xpath("//figure")[0]))) == positions
    assert all(mark.endswith("?at=2024-06-01&lang=en") for mark in marks)


def test_what_is_supposed_stands_beside_what_is_known_and_nothing_is_stored(visits: Visits) -> None:
    asked = "/candidates/C2?lang=en&analyte=total_bilirubin&value=20&unit=umol%2FL&treatment=ecmo&change=stopped"
    page = visits.page(asked)
    before, after = figures(page, "before/icar")[0], figures(page, "after/icar")[0]
    assert before != after
    assert page.xpath("//*[contains(@class, 'supposed')]")
    assert figures(visits.page("/candidates/C2").xpath("//section[@data-document]")[0], "panel/icar") == [before] * 2
    page = visits.page("/candidates/C2?lang=en&analyte=creatinine&value=20000&unit=umol%2FL")
    assert "outside the plausible range" in words(page.xpath("//*[@role='alert']")[0])
    assert not figures(page, "after/icar")


def test_a_panel_stands_beside_itself_at_another_moment_and_what_differs_is_marked(visits: Visits) -> None:
    page = visits.page("/candidates/C2?beside_at=2024-05-20&beside_known_at=now&lang=en")
    first, second = page.xpath("//div[@class='beside']/section")
    assert figures(first, "panel/icar")[0] > figures(second, "panel/icar")[0]
    assert second.xpath(".//data[contains(@class, 'differs')][@data-figure='panel/icar']")
    page = visits.page("/candidates/C2?beside_at=2023-12-01&lang=en")
    assert "is not registered" in words(page.xpath("//div[@class='beside']/section")[1])


def test_what_cannot_be_supposed_is_said_in_the_page_s_language(visits: Visits) -> None:
    def fault(query: str) -> str:
        return words(visits.page(f"/candidates/C2?{query}").xpath("//*[@role='alert']")[0])

    assert "À corriger : Unité." in fault("analyte=total_bilirubin&value=20&unit=ng%2FL")
    assert "« hier » n’est pas une heure" in fault("analyte=creatinine&value=90&unit=umol%2FL&sampled=hier")
    assert "vient après le moment regardé" in fault("analyte=creatinine&value=90&unit=umol%2FL&sampled=2024-07-01")
    running = visits.page("/candidates/C2?treatment=ecmo&change=started")
    assert running.xpath("//div[contains(@class, 'warn')]//li")
    assert not running.xpath("//div[contains(@class, 'warn')]//li//*[@lang='en']")


def test_texts_of_others_stand_as_text(visits: Visits) -> None:
    for candidate in ("C2", "C3"):
        page = visits.page(f"/candidates/{candidate}?days=365&value={'%3Cb%3E%22'}&analyte=%3Cb%3E")
        assert [script.get("src", "")[:8] for script in page.iter("script")] == ["/static/"]
        assert "alert('x')" in page.text_content()
        assert not page.xpath("//@style")
        assert "49" not in words(page.xpath("//p[@class='lead']")[0]).replace("2024", "")


def test_every_figure_is_the_api_s_for_the_same_moments(visits: Visits) -> None:
    for query, default in (
        ("", "C1"),
        ("?at=2024-04-05&known_at=now", "C3"),
        ("?at=2024-05-28&known_at=now&beside_at=2024-05-30", "C2"),
        ("?days=30&known_at=10", "C1"),
    ):
        for candidate in ("C1", "C2", "C3") if examples(0, 1) and "10" not in query else (default,):
            page = visits.page(f"/candidates/{candidate}{query}", OWN)
            assert page.xpath("//*[@data-document]//data")
            assert not wrong_figures(page, visits.desk, OWN)


def test_a_value_with_a_decimal_comma_is_read_on_a_french_page(visits: Visits) -> None:
    asked = "analyte=total_bilirubin&value=61,5&unit=umol%2FL"
    with_comma = figures(visits.page(f"/candidates/C2?{asked}"), "after/survival_1y/0/survival_1y")
    assert with_comma == figures(
        visits.page(f"/candidates/C2?{asked.replace(',', '.')}"), "after/survival_1y/0/survival_1y"
    )
    assert with_comma
    assert visits.page(f"/candidates/C2?{asked}&lang=en").xpath("//*[@role='alert']")


def test_a_team_sees_its_own_and_an_expert_the_panel_alone(visits: Visits) -> None:
    assert visits.page("/candidates/C1", OWN).xpath("//figure")
    with pytest.raises(UnknownError):
        visits.text("/candidates/C1", OTHER)
    page = visits.page("/candidates/C1", Viewer("X1", (EXPERT,)))
    assert not page.xpath("//figure | //form[contains(@action, 'what-if')]")
    assert figures(page, "panel/ccb")


def test_the_proposals_stand_newest_first_ten_of_them_or_all_for_who_may_see_offers(visits: Visits) -> None:
    def offers(address: str, viewer: Viewer = OWN) -> list[str]:
        return [
            str(each)
            for each in visits.page(address, viewer).xpath("//section[@aria-labelledby='proposals']//th/a/text()")
        ]

    assert offers("/candidates/C2") == [f"O{number}" for number in range(12, 2, -1)]
    assert offers("/candidates/C2?proposals=all") == [f"O{number}" for number in range(12, 0, -1)]
    assert offers("/candidates/C2?at=2024-05-31T02:30") == ["O2", "O1"]
    told = words(visits.page("/candidates/C2").xpath("//section[@aria-labelledby='proposals']")[0])
    assert "10 propositions sur 12" in told
    assert f"refusé : {HOSTILE}" in told
    assert told.count("sans réponse") == 9
    assert "Aucune proposition" in words(visits.page("/candidates/C1"))
    assert not visits.page("/candidates/C2", Viewer("X1", (EXPERT,))).xpath("//*[@id='proposals']")


def test_a_change_that_is_none_is_refused_and_not_taken_for_a_start(visits: Visits) -> None:
    for change in ("x", "STARTED", "started ", "none"):
        with pytest.raises(RequestError, match="there are started and stopped"):
            visits.page(f"/candidates/C2?treatment=ecmo&change={quote(change)}")


def test_ids_of_dots_are_linked_so_that_no_browser_takes_them_for_steps(tmp_path: Path) -> None:
    log = Log()
    for name in (".", "..", "...", "C1"):
        adult(log, name, labs="2024-05-30")
    log.donor("D1", "2024-05-01")
    log.offered("..", "2024-05-31 12:00")
    log.add("proposal.made", "offer/..", "2024-05-31 12:10", {"candidate": "."})
    dotted, seen = Visits(log, tmp_path), dict[str, None]()
    asked = ["/list?lang=en", "/offers?lang=en&from=2024-05-01"]
    while asked:
        address = asked.pop()
        page = dotted.page(address)
        for link in page.xpath("//body//@href | //body//@action"):
            path = urlsplit(urljoin(address, str(link))).path
            assert path == urlsplit(str(link)).path or not urlsplit(str(link)).path, (address, link)
            if "~" in path and path not in seen and not path.startswith("/api/") and "match-run." not in path:
                seen[path] = None
                asked.append(f"{path}?lang=en")
    assert {"/candidates/~.", "/candidates/~..", "/offers/~..", "/offers/~../candidates/~."} <= set(seen)
    assert opened(dotted.page("/candidates/~..?lang=en"))
