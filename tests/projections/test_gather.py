"""What is gathered: kept between offers as long as the facts allow, and the same as gathered anew."""

import random

from engine.log.history import fact_of
from engine.quantities import exact_arithmetic
from engine.rules.readings import choose_readings
from projections.folds import Folds
from projections.gather import Gathered, gather, gather_list, gather_one
from projections.recipient import profile_of, recipient_at
from tests.independent.worlds import random_world
from tests.projections.support import Log, instant, rules
from tests.support import moment_of, offers_in

READINGS = choose_readings()


def people(log: Log, offer: str, at: str, folds: Folds) -> Gathered:
    """What is gathered for an offer at a time."""
    fact = fact_of(len(log.events) + 1, {**log.events[-1], "time": at, "subject": f"offer/{offer}"})
    return gather(log.history(), fact, 1, rules(), READINGS, folds)


def test_a_profile_gives_the_variables_of_every_instant_until_the_next_fact() -> None:
    log = Log()
    log.registered("C1", "2024-01-31")
    log.lab("C1", "creatinine", "80", "2024-02-01")
    profile = profile_of(log.candidate("C1", "2024-02-02"), rules(), READINGS)
    for at in ("2024-02-01", "2024-02-29", "2024-03-31", "2025-01-31 00:00:00.000001"):
        with exact_arithmetic():
            anew = recipient_at(log.candidate("C1", at), instant(at), rules(), READINGS)
        assert profile.at(instant(at)).variables == anew.variables


def test_a_profile_is_kept_until_a_fact_comes_in_between() -> None:
    log, folds = Log(), Folds()
    log.registered("C1", "2024-01-01")
    log.registered("C2", "2024-01-01")
    log.donor("D1", "2024-01-02")
    log.offered("O1", "2024-03-01")
    first = people(log, "O1", "2024-03-01T10:00:00+01:00", folds).people
    log.lab("C2", "creatinine", "80", "2024-03-02")
    log.offered("O2", "2024-03-03")
    second = people(log, "O2", "2024-03-03T10:00:00+01:00", folds).people
    assert [listed.id for listed in second] == ["C1", "C2"]
    assert second[0].profile is first[0].profile
    assert second[1].profile is not first[1].profile
    assert second[1].view.variables.creatinine.known


def test_one_candidate_is_gathered_as_in_the_list() -> None:
    found = 0
    for seed in range(6):
        events = random_world(random.Random(seed), 6)
        moment = moment_of(events, offers_in(events)[-1], known_at=len(events))
        r = choose_readings({"icar_maximum": "running"})
        for listed in gather_list(moment.history, moment.offer.instant, 1, moment.rules, r).people:
            known = moment.history.of(f"candidate/{listed.id}")
            alone = gather_one(known, moment.offer.instant, moment.rules, r)
            assert alone is not None
            assert alone.view.variables == listed.view.variables
            assert [past.view.variables for past in alone.earlier] == [past.view.variables for past in listed.earlier]
            found += 1
    assert found > 20
