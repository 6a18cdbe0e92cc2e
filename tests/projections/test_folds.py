"""Folds kept between runs: whatever is asked and however the history grows, they are what a new fold would be."""

import random
from dataclasses import replace

import pytest

from engine.log.history import History, fact_of
from projections.candidate import candidate_at
from projections.folds import Folds
from replay.run.matchrun import match_run
from tests.independent.worlds import random_world
from tests.projections.support import Log, instant
from tests.support import moment_of, offers_in, rows_of


@pytest.mark.parametrize("seed", range(8))
def test_kept_folds_are_those_made_anew_while_the_history_grows(seed: int) -> None:
    rng = random.Random(seed)
    events = random_world(rng, 6)
    instants = [fact_of(1, event).instant + shift for event in events for shift in (-1, 0, 1)]
    offers = [None, *offers_in(events)]
    history, folds = History(), Folds()
    for position, _, state in rows_of(events):
        subject = history.learn(position, state).subject
        for asked in (subject, rng.choice(list(history.subjects))):
            if asked.startswith("candidate/"):
                known, at, offer = history.of(asked), rng.choice(instants), rng.choice(offers)
                assert folds.candidate(asked, known, at, offer) == candidate_at(known, at, ignoring_offer=offer)


@pytest.mark.parametrize("seed", range(4))
def test_runs_that_share_their_folds_are_those_that_do_not(seed: int) -> None:
    events = random_world(random.Random(seed), 6)
    folds = Folds()
    moments = [moment_of(events, offer, known_at=len(events)) for offer in offers_in(events)]
    shared = moments[0].history
    for moment in moments:
        replayed = match_run(replace(moment, history=shared), folds=folds)
        assert replayed.as_json() == match_run(moment).as_json()


def test_a_correction_and_a_retraction_are_noticed_though_no_fact_is_added() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    lab = log.lab("C1", "creatinine", "80", "2024-02-01")
    log.corrected(lab, value="90")
    log.retracted(lab)
    history, folds, found = History(), Folds(), []
    for position, _, state in rows_of(log.events):
        history.learn(position, state)
        candidate = folds.candidate("candidate/C1", history.of("candidate/C1"), instant("2024-03-01"))
        assert candidate is not None
        found.append([str(fact.data["value"]) for facts in candidate.labs.values() for fact in facts])
    assert found == [[], ["80"], ["90"], []]


def test_a_fold_kept_for_one_offer_does_not_hide_the_transplantation_from_another() -> None:
    log = Log()
    log.registered("C1", "2024-01-01")
    log.happened("transplanted", "C1", "2024-02-01", offer="O1")
    known, folds, at = log.history().of("candidate/C1"), Folds(), instant("2024-02-01")
    activity = []
    for offer in ("O1", "O2", None, "O1"):
        candidate = folds.candidate("candidate/C1", known, at, offer)
        assert candidate is not None
        activity.append(candidate.active)
    assert activity == [True, False, False, True]
