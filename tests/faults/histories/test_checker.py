"""The checker finds what is planted: a tester that cannot fail shows nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.histories.checker import RULES, judge
from tests.faults.histories.clients import result
from tests.faults.histories.history import Document, History, Page, Row, Run, Seen, Span, Trouble, Verdict

World = tuple[list[Row], History]


def at(instant: float) -> Span:
    """A request of half a second."""
    return Span(instant, instant + 0.5)


def stored(event: Document, position: int) -> Row:
    return Row(position, {**event, "recordedtime": f"2024-03-01T00:00:{position:02}.000000Z"})


def offered(number: int, position: int) -> list[Row]:
    """A graft and its run as they are stored."""
    data = {"offer": f"O{number}", "counter": number, "log_size": position - 1, "digest": f"digest{number}"}
    graft = {
        "source": "snagc offer",
        "id": f"O{number}",
        "subject": f"offer/O{number}",
        "type": "snagc.graft.offered.v1",
    }
    run = {**graft, "source": "snagc", "type": "snagc.match-run.recorded.v1", "data": data}
    return [stored(graft, position), stored(run, position + 1)]


def world() -> World:
    """A log of six events, and one client who did and saw all of it."""
    first, second = result("/a", 1, "10"), result("/a", 2, "11")
    log = [stored(first, 1), *offered(1, 2), stored(second, 4), *offered(2, 5)]
    history = History(
        "client", sent=[first, second], half=[result("/a", 3, "12")], offered=["O1", "O2"],
        verdicts=[Verdict(at(0), first, "accepted", 1), Verdict(at(2), second, "accepted", 4),
                  Verdict(at(3), second, "duplicate", 4)],
        runs=[Run(at(1), "O1", "digest1", 1, 1), Run(at(4), "O2", "digest2", 2, 4)],
        pages=[Page(at(2), 0, tuple(log[:3]), 3), Page(at(5), 3, tuple(log[3:]), 6)],
        seen=[Seen(at(1.7), 3), Seen(at(6), 6)], troubles=[Trouble(503, "the log is held: try again later")],
    )  # fmt: skip
    return log, history


def page(history: History, change: Callable[[list[Row]], Any]) -> None:
    """Spoil what a follower was told."""
    rows = list(history.pages[1].rows)
    change(rows)
    history.pages[1] = history.pages[1]._replace(rows=tuple(rows))


def altered(log: list[Row], place: int, **changes: Any) -> None:
    log[place] = log[place]._replace(event={**log[place].event, **changes})


PLANTED: dict[str, tuple[str, Callable[[list[Row], History], Any]]] = {
    "an acknowledged event is gone": ("lost", lambda log, _: log.pop(0)),
    "an acknowledged event says something else": ("lost", lambda log, _: altered(log, 0, data={"value": "99"})),
    "an acknowledged event stands elsewhere": (
        "lost", lambda _, history: history.verdicts.append(Verdict(at(7), history.sent[0], "duplicate", 4))),
    "an answered run is gone": ("lost", lambda log, _: log.__delitem__(slice(4, 6))),
    "an event is there twice": ("doubled", lambda log, _: log.append(stored(log[0].event, 7))),
    "an offer is there twice": ("doubled", lambda log, _: log.extend(offered(2, 7))),
    "a position is missing": ("gapped", lambda log, _: log.__setitem__(5, log[5]._replace(position=7))),
    "two positions are exchanged": ("gapped", lambda log, _: log.insert(0, log.pop(1))),
    "recorded time steps back": (
        "gapped", lambda log, _: altered(log, 3, recordedtime="2024-02-29T00:00:00.000000Z")),
    "a counter is used twice": ("miscounted", lambda log, _: altered(log, 5, data=log[2].event["data"])),
    "an offer has no run": ("miscounted", lambda log, _: log.pop()),
    "an event came from nowhere": ("strange", lambda log, _: log.append(stored(result("/b", 1, "10"), 7))),
    "an offer came from nowhere": ("strange", lambda log, _: log.extend(offered(3, 7))),
    "half a body was taken": ("strange", lambda log, history: log.append(stored(history.half[0], 7))),
    "what was sent again and again is not there": (
        "unfinished", lambda _, history: history.sent.append(result("/a", 4, "10"))),
    "an offer was asked for and is not there": ("unfinished", lambda _, history: history.offered.append("O3")),
    "an event was accepted twice": (
        "contradicted", lambda _, history: history.verdicts.append(Verdict(at(7), history.sent[0], "accepted", 1))),
    "the same content was a conflict": (
        "contradicted", lambda _, history: history.verdicts.append(Verdict(at(7), history.sent[0], "conflict", None))),
    "a sound event was refused": (
        "contradicted", lambda _, history: history.verdicts.append(Verdict(at(7), history.sent[0], "refused", None))),
    "a second run was answered": ("other_runs", lambda _, history: history.runs.append(Run(at(7), "O1", "no", 1, 1))),
    "a follower was told an event twice": (
        "out_of_step", lambda _, history: page(history, lambda rows: rows.insert(1, rows[0]))),
    "a follower missed an event": ("out_of_step", lambda _, history: page(history, lambda rows: rows.pop(1))),
    "a follower missed the end": ("out_of_step", lambda _, history: page(history, lambda rows: rows.pop())),
    "a follower was told another order": ("out_of_step", lambda _, history: page(history, lambda rows: rows.reverse())),
    "a reader went back in time": ("backward", lambda _, history: history.seen.append(Seen(at(7), 5))),
    "a reader saw too little after a write": ("backward", lambda _, history: history.seen.append(Seen(at(4.6), 5))),
    "a follower saw a shorter log": ("backward", lambda _, history: history.pages.append(Page(at(7), 6, (), 4))),
    "a request failed within": ("faulty", lambda _, history: history.troubles.append(Trouble(500, "internal error"))),
    "a log was called broken": (
        "faulty", lambda _, history: history.troubles.append(Trouble(503, "it was altered: run snagc verify"))),
    "a sound request was refused": ("faulty", lambda _, history: history.troubles.append(Trouble(404, "no offer"))),
}  # fmt: skip


def test_a_sound_history_is_found_sound() -> None:
    log, history = world()
    assert judge([history], log) == {}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str) -> None:
    rule, plant = PLANTED[name]
    log, history = world()
    plant(log, history)
    assert rule in judge([history], log)


def test_every_rule_has_a_fault_that_it_finds() -> None:
    assert {rule for rule, _ in PLANTED.values()} == {rule.__name__ for rule in RULES}


def test_two_clients_who_were_both_accepted_are_found() -> None:
    log, history = world()
    other = replace(History("other"), verdicts=history.verdicts[:1])
    assert set(judge([history, other], log)) == {"contradicted"}
