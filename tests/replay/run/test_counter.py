"""Cpteur before the first offer has one value, however a log is read: the intake takes one, and the first counts."""

from pathlib import Path

from engine.rules.readings import choose_readings
from replay.audit.audit import replay_offers
from replay.run.moments import counter_start, moment_of_offer
from replay.run.one_pass import OnePass, Passed
from tests.intake.support import opened, take
from tests.projections.support import Log, stored_bytes
from tests.replay.run.stored import store
from tests.replay.support import adult, offered, one_town


def test_a_counter_set_twice_behind_the_intake_s_back_counts_as_first_set_on_every_way(tmp_path: Path) -> None:
    log: Log = one_town()
    log.counter(41)
    log.counter(7)
    adult(log)
    offered(log)
    with_store = store(tmp_path / "snagc.db", log.events)
    assert counter_start(with_store, with_store.head()) == log.history().counter_start == 41
    (passed,) = (each for each in OnePass(with_store) if isinstance(each, Passed))
    ((moment, _, _),) = replay_offers(with_store)
    alone = moment_of_offer(with_store, "O1", choose_readings())
    assert [passed.counter, moment.counter, alone.counter] == [42, 42, 42]
    with_store.close()


def test_the_intake_refuses_a_second_counter_and_one_after_an_offer(tmp_path: Path) -> None:
    log: Log = one_town()
    log.counter(41)
    adult(log)
    offered(log)
    second = {**log.events[1], "id": "second", "recordedtime": log.events[-1]["recordedtime"]}
    with opened(tmp_path / "snagc.db") as kept:
        verdicts = take(kept, *map(stored_bytes, [*log.events, second]), imported=True)
    assert [verdict.status for verdict in verdicts][-2:] == ["accepted", "refused"]
    assert [fault.message for fault in verdicts[-1].errors] == [
        "the counter is already initialised: it is set once",
        "a graft was already offered: the counter is set before the first offer",
    ]
