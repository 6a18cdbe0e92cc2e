"""A candidate's points through time: every step is what the list says then, with its event or its reason."""

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UnknownError
from engine.log.history import stored_instant
from engine.rules.readings import all_readings
from projections.gather import gather_one
from replay.reports import points
from replay.reports.course import course as course_of
from replay.run.asked import Asked
from tests.independent.worlds import random_world
from tests.long import examples
from tests.projections.support import Log
from tests.replay.command import asked, refused, snagc
from tests.replay.run.stored import store
from tests.replay.support import adult

UNTIL = ("--to", "2024-12-31")


def course(log: Log, folder: Path, *words: str, candidate: str = "C1") -> dict[str, Any]:
    """The document of a candidate's course."""
    folder.mkdir(exist_ok=True)
    path = log.kept_at(folder / "snagc.db")
    found: dict[str, Any] = asked("course", candidate, "--log", path, *(words or UNTIL))
    return found


def told(document: dict[str, Any]) -> list[tuple[str, str | None, str, int | None]]:
    """Day and hour, points, reason and position of each step."""
    return [
        (step["at"][:16], step["ccb"], step["why"], step["event"] and step["event"]["position"])
        for step in document["steps"]
    ]


def test_the_document_states_what_it_is_about(tmp_path: Path) -> None:
    log = Log()
    log.counter(41)
    adult(log)
    found = course(log, tmp_path)
    assert list(found) == ["candidate", "from", "to", "known_at", "counter", "readings", "steps"]
    assert (found["from"], found["to"]) == ("2024-01-01T00:00:00+01:00", "2024-12-31T23:59:59.999999+01:00")
    assert (found["candidate"], found["known_at"], found["counter"]) == ("C1", len(log.events), 42)


def test_a_state_is_folded_once_between_two_facts_however_often_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"looked": 0, "folded": 0}

    def counting(name: str, does: Any) -> Any:
        def counted(*given: Any) -> Any:
            calls[name] += 1
            return does(*given)

        return counted

    monkeypatch.setattr(points, "gather_one", counting("folded", gather_one))
    monkeypatch.setattr(points.Sampler, "point", counting("looked", points.Sampler.point))
    log = Log()
    adult(log)
    for hour in range(24):
        log.lab("C1", "creatinine", str(80 + hour), f"2024-06-01 {hour:02}:00")
    assert course(log, tmp_path)["steps"]
    assert calls["folded"] <= 2 * len(log.events) < calls["looked"] // 5


def test_a_step_has_the_event_that_made_it_and_those_of_the_same_instant(tmp_path: Path) -> None:
    log = Log()
    registered = log.registered("C1", "2024-01-01")
    bilirubin, *_, last = [
        log.lab("C1", analyte, value, "2024-02-01 08:00")
        for analyte, value in (("total_bilirubin", "40"), ("creatinine", "150"), ("nt_probnp", "11332"))
    ]
    log.happened("suspended", "C1", "2024-03-01")
    log.happened("reinstated", "C1", "2024-03-05")
    gone = log.delisted("C1", "2024-04-01")
    found = course(log, tmp_path)
    assert [(step["at"][:10], step["status"]) for step in found["steps"]] == [
        ("2024-01-01", "listed"), ("2024-02-01", "listed"), ("2024-03-01", "suspended"),
        ("2024-03-05", "listed"), ("2024-04-01", "delisted"),
    ]  # fmt: skip
    first, second, *_, end = found["steps"]
    assert first["event"] | {"time": ""} == {
        "source": "urn:test:words", "id": "e1", "position": registered, "type": "candidate.registered", "time": "",
        "corrected_at": [],
    }  # fmt: skip
    assert second["event"]["position"] == last
    assert [each["position"] for each in second["with"]] == [bilirubin, bilirubin + 1]
    assert (end["event"]["position"], end["ccb"], end["component"], end["icar"]) == (gone, None, None, None)


def test_of_several_events_at_one_instant_the_last_that_moves_the_points_made_the_step(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-02-01 08:00")
    peptide = log.lab("C1", "nt_probnp", "300", "2024-02-02 08:00")
    same = log.lab("C1", "bnp", "1", "2024-02-02 08:00")
    unscored = log.add("coronary-calcium.recorded", "candidate/C1", "2024-02-02 08:00", {"agatston": "5"})
    step = course(log, tmp_path)["steps"][2]
    assert (step["why"], step["event"]["position"]) == ("event", peptide)
    assert [each["position"] for each in step["with"]] == [same, unscored]


def test_results_that_grow_too_old_make_a_step_at_the_very_instant(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-01-10 08:00")
    steps = course(log, tmp_path)["steps"]
    assert [(step["at"], step["why"], step["icar"]) for step in steps[2:]] == [
        ("2024-04-24T08:00:00.000001+02:00", "expiry", 0)
    ]
    assert steps[2]["expired"] == ["bilirubin", "creatinine", "peptides"]
    assert steps[2]["event"] is None


def test_a_ramp_is_told_at_each_midnight_and_at_its_end(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    granted = log.granted("C1", "XPCA", "2024-02-01 12:00", delay_months=1)
    found = told(course(log, tmp_path))
    assert found[1] == ("2024-02-01T12:00", "0.000000", "event", granted)
    assert found[2][0] == "2024-02-02T00:00"
    assert found[-1] == ("2024-03-01T12:00", "900.000000", "ramp", None)
    assert {why for *_, why, _ in found[2:]} == {"ramp"}
    assert [points for _, points, *_ in found[1:]] == sorted((str(p) for _, p, *_ in found[1:]), key=float)


def test_ecmo_fades_and_the_18th_birthday_is_named(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-01-10 08:00", birth_date="2006-01-20")
    log.started("C1", "ecmo", "2024-01-12")
    found = told(course(log, tmp_path, "--from", "2024-01-18", "--to", "2024-02-10"))
    assert found[0][2] == "begin"
    assert ("2024-01-20T00:00", "birthday") in [(at, why) for at, _, why, _ in found]
    assert "taper" in {why for *_, why, _ in found}
    assert found[-1][1] == "0.000000"


def test_another_rule_set_that_comes_into_force_is_a_reason(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2018-01-01")
    adult_labs = [log.lab("C1", name, value, "2019-04-01") for name, value in (("total_bilirubin", "100"),)]
    log.started("C1", "ecmo", "2019-03-20")
    found = course(log, tmp_path, "--from", "2019-04-05", "--to", "2019-04-12")
    changed = [step for step in found["steps"] if step["why"] == "rules"]
    assert adult_labs
    assert [(step["at"], step["ruleset"]) for step in changed] == [("2019-04-09T00:00:00+02:00", "2019-04-09")]


def test_what_was_known_earlier_gives_the_course_that_was_known_then(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    log.granted("C1", "XPCA", "2024-05-20")
    assert "XPCA" in {step["component"] for step in course(log, tmp_path)["steps"]}
    path = str(tmp_path / "snagc.db")
    known = asked("course", "C1", "--log", path, "--known-at", str(len(log.events) - 1), *UNTIL)
    assert {step["component"] for step in known["steps"]} == {"adult_standard"}


def test_a_candidate_that_is_not_there_or_a_span_before_it_is_refused(tmp_path: Path) -> None:
    log = Log()
    adult(log)
    path = log.kept_at(tmp_path / "snagc.db")
    assert "candidate 'C9' is not registered as known at position" in refused("course", "C9", "--log", path)
    assert "lies after --to" in refused("course", "C1", "--from", "2024-03-01", "--to", "2024-02-01", "--log", path)
    assert "is registered at 2024-01-01" in refused("course", "C1", "--to", "2023-12-31", "--log", path)


def test_the_table_shows_a_gradual_change_by_its_ends(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.granted("C1", "XPCA", "2024-02-01", delay_months=3)
    shown = snagc("course", "C1", "--log", log.kept_at(tmp_path / "snagc.db"), *UNTIL).stdout
    assert shown.count("the points of the expert component grow") == 2
    assert "900.000000" in shown
    assert "known at position 2" in shown


def reasons(log: Log, folder: Path, *words: str) -> set[str]:
    """Why the points move between the first step and the last."""
    return {step["why"] for step in course(log, folder, *(words or UNTIL))["steps"][1:]}


@pytest.mark.parametrize(
    ("component", "reason"), [("XPCP1", "ramp"), ("XPCP2", "ramp"), ("XPCA", "waiting"), (None, "waiting")]
)
def test_a_child_s_points_grow_with_its_own_clock(tmp_path: Path, component: str | None, reason: str) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="2014-02-03")
    if component:
        log.granted("C1", component, "2024-05-01 10:00")
    assert reasons(log, tmp_path, "--from", "2024-05-02", "--to", "2024-05-10") == {reason}
    if component in ("XPCP1", "XPCP2"):
        gone_on = ("--from", "2026-04-29", "--to", "2026-12-31")
        last = course(log, tmp_path / "on", *gone_on)["steps"][-1]
        assert (last["at"][:16], last["why"]) == ("2026-05-01T10:00", "ramp")  # 24 months since the grant


def test_points_that_a_reading_holds_up_move_for_what_holds_them_up(tmp_path: Path) -> None:
    log = Log()
    adult(log, labs="2024-05-01")
    log.started("C1", "lvad", "2024-02-01")
    log.counter(4)
    log.granted("C1", "XPCA", "2024-05-01 10:00", points="100")
    span = ("--from", "2024-05-02", "--to", "2024-05-05")
    assert reasons(log, tmp_path, *span) == set()
    assert reasons(log, tmp_path / "std", *span, "--readings", "xpca_floor=adult-standard") == {"lvad"}


def test_the_index_of_the_day_that_age_alone_moves_under_a_support_is_told_so(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date="1979-05-17")
    log.labs("C1", "2024-01-02", creatinine="300", bilirubin="90", nt_probnp="30000")
    log.started("C1", "iv_inotropes", "2024-01-03")
    log.labs("C1", "2024-01-08", creatinine="83.608315")
    steps = course(log, tmp_path, "--from", "2024-01-09", "--to", "2024-01-11")["steps"]
    assert [(step["why"], step["icar"], step["icar_j"]) for step in steps] == [("begin", 40, 2), ("age", 40, 3)]


def test_a_peptide_that_grows_too_old_is_told_where_another_takes_its_place(tmp_path: Path) -> None:
    log = Log()
    log.labs("C1", "2024-05-01 08:00", nt_probnp=None)
    log.lab("C1", "bnp", "100", "2024-05-01 08:00")
    log.lab("C1", "nt_probnp", "20000", "2024-02-20 08:00")
    log.registered("C1", "2024-01-01")
    steps = course(log, tmp_path, "--from", "2024-05-02", "--to", "2024-07-01")["steps"]
    assert [(step["at"], step["why"], step["expired"]) for step in steps[1:]] == [
        ("2024-06-04T08:00:00.000001+02:00", "expiry", ["peptides"])
    ]
    assert steps[1]["icar"] < steps[0]["icar"]


def test_a_fact_that_moves_no_points_is_no_reason_for_those_that_move_at_that_instant(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.granted("C1", "XPCA", "2024-02-01", delay_months=3)
    log.add("coronary-calcium.recorded", "candidate/C1", "2024-02-10", {"agatston": "12"})
    suspended = log.happened("suspended", "C1", "2024-02-12")
    found = course(log, tmp_path, "--from", "2024-02-09", "--to", "2024-02-12")["steps"]
    assert [(step["at"][:10], step["why"], step["event"] and step["event"]["position"]) for step in found] == [
        ("2024-02-09", "begin", None), ("2024-02-10", "ramp", None), ("2024-02-11", "ramp", None),
        ("2024-02-12", "event", suspended),
    ]  # fmt: skip


def test_a_result_that_counts_again_as_the_clock_goes_back_is_told_so_and_then_as_too_old_again(tmp_path: Path) -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.labs("C1", "2024-07-14 02:30", bilirubin="90")  # 105 days before the clock goes back
    steps = course(log, tmp_path, "--from", "2024-10-26", "--to", "2024-10-28")["steps"]
    assert [(step["at"][:16], step["at"][-6:], step["why"], step["expired"] != []) for step in steps] == [
        ("2024-10-26T00:00", "+02:00", "begin", False), ("2024-10-27T02:30", "+02:00", "expiry", True),
        ("2024-10-27T02:00", "+01:00", "clock", False), ("2024-10-27T02:30", "+01:00", "expiry", True),
    ]  # fmt: skip


OPTIONS = [(name, option) for name, reading in all_readings().items() for option in reading.options]


def test_every_step_of_random_worlds_has_its_reason_under_any_readings(tmp_path: Path) -> None:
    for number in range(examples(1, 200)):
        rng = random.Random(f"course-{number}")
        events = random_world(rng, 4)
        chosen = dict(rng.sample(OPTIONS, 3))
        log = store(tmp_path / f"{number}.db", events)
        end = stored_instant(events[-1]["recordedtime"])
        given = Asked(log, end, readings=[f"{name}={option}" for name, option in chosen.items()])
        for subject in {e["subject"]: 0 for e in events if e["type"] == "snagc.candidate.registered.v1"}:
            with suppress(UnknownError):  # its registration was retracted
                found = course_of(given, subject.partition("/")[2])
                assert all((step.why == "event") == bool(step.facts) for step in found.steps)
        log.close()


HOURS = st.integers(0, 24 * 300)


@settings(max_examples=examples(4, 60), deadline=None)
@given(
    born=st.sampled_from(["1979-05-17", "2006-04-11"]),
    sampled=st.lists(st.tuples(HOURS, st.sampled_from(["12", "60", "250"])), max_size=4),
    ecmo=st.none() | HOURS,
    granted=st.none() | st.tuples(HOURS, st.sampled_from([0, 1, 3])),
    looked=st.lists(HOURS, min_size=3, max_size=3),
)
def test_at_any_midnight_the_last_step_says_what_the_panel_of_then_says(
    tmp_path_factory: pytest.TempPathFactory,
    born: str,
    sampled: list[tuple[int, str]],
    ecmo: int | None,
    granted: tuple[int, int] | None,
    looked: list[int],
) -> None:
    log = Log()
    log.registered("C1", "2024-01-01", birth_date=born)
    for hours, value in sampled:
        log.lab("C1", "total_bilirubin", value, _at(hours))
        log.lab("C1", "creatinine", "120", _at(hours))
    if ecmo is not None:
        log.started("C1", "ecmo", _at(ecmo))
    if granted is not None:
        log.granted("C1", "XPCA", _at(granted[0]), delay_months=granted[1])
    path = log.kept_at(tmp_path_factory.mktemp("course") / "snagc.db")
    steps = asked("course", "C1", "--log", path, *UNTIL)["steps"]
    for hours in looked:
        midnight = _at(hours // 24 * 24)
        panel = asked("list", "--at", f"{midnight}T00:00", "--known-at", "now", "--log", path)["candidates"][0]
        last = [step for step in steps if step["at"][:10] <= midnight and _before(step["at"], midnight)][-1]
        names = ("component", "icar", "icar_j", "icar_i", "ccb")
        assert [last[name] for name in names] == [panel[name] for name in names]


def _at(hours: int) -> str:
    """A clock in Paris some hours into 2024: a day alone for midnight."""
    from datetime import datetime, timedelta

    moment = datetime(2024, 1, 1) + timedelta(hours=hours)
    if moment.month == 3 and moment.day == 31 and moment.hour == 2:
        moment += timedelta(hours=1)
    return f"{moment:%Y-%m-%d}" if moment.hour == 0 else f"{moment:%Y-%m-%d %H:%M}"


def _before(at: str, day: str) -> bool:
    """Whether a step stands at a day's midnight or before it."""
    return at[:10] < day or at[10:19] == "T00:00:00"
