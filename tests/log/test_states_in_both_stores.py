"""Saved states in a folder or in a table: they change no answer, and what is not as it was is noticed and made anew."""

from collections.abc import Iterator

import pytest

from engine.log.eventlog import EventLog
from engine.log.postgres.schema import FUNCTIONS, triggers
from engine.log.tree import tree_root
from tests.faults import tampering as t
from tests.intake.support import opened, take
from tests.long import examples
from tests.postgres import Server
from tests.replay.command import snagc
from tests.stores import changed

APART = 8
NAME = f"{2 * APART:012}.state"


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    """The worked example in either store, its states close to each other."""
    with opened(place) as log:
        take(log, *t.sound_lines(), imported=True)
        log.states.apart = APART
        yield log


def root(log: EventLog, last: int) -> bytes:
    return log.recalled(last, lambda index: list(index.chains))[1]


def test_from_any_state_the_root_and_all_facts_are_those_of_the_whole_prefix(log: EventLog) -> None:
    states = [state for _, _, state in log.recorder.rows()]
    root(log, log.head())
    assert log.states.folder.names() == [f"{at:012}.state" for at in range(APART, log.head() + 1, APART)]
    for last in range(0, log.head() + 1, 3):
        assert root(log, last).hex() == tree_root(states[:last])
        recalled, whole = log.recalled(last, lambda index: [])[0], log.history(last)
        for subject in whole.subjects:
            told, known = recalled.of(subject).in_effective_order(), whole.of(subject).in_effective_order()
            assert [tuple(fact) for fact in told] == [tuple(fact) for fact in known]


def test_a_flipped_byte_of_a_state_is_noticed_and_the_state_made_anew(log: EventLog) -> None:
    last = 2 * APART + 3
    expected, sound = root(log, last), log.states.folder.read(NAME)
    assert sound is not None
    for place in range(0, len(sound), examples(97, 1)):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << place % 8
        log.states.folder.keep(NAME, bytes(damaged))
        assert root(log, last) == expected
        assert log.states.folder.read(NAME) == sound


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"0" * 64 + b"\n{}"])
def test_what_is_no_state_is_none(log: EventLog, damage: bytes) -> None:
    last = 2 * APART + 3
    expected, sound = root(log, last), log.states.folder.read(NAME)
    log.states.folder.keep(NAME, damage)
    assert root(log, last) == expected
    assert log.states.folder.read(NAME) == sound


_GUARD = (
    "CREATE OR REPLACE FUNCTION snagc_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$body${FUNCTIONS['snagc_append_only'].body}$body$"
)
_OTHER = "convert_to(replace(convert_from(state, 'UTF8'), 'worked', 'walked'), 'UTF8')"
_CHANGE = f"UPDATE stored_events SET state = {_OTHER} WHERE notification_id = 3"
_WAYS = {
    "a guard replaced and put back": (
        _GUARD.replace("RAISE EXCEPTION '% is append only: % refused', TG_TABLE_NAME, TG_OP", "RETURN NULL"),
        _CHANGE, _GUARD,
    ),
    "a guard out of force and put back": (
        "ALTER TABLE stored_events DISABLE TRIGGER USER", _CHANGE,
        *(f"ALTER TABLE stored_events ENABLE ALWAYS TRIGGER {name}" for name in triggers() if "stored_events" in name),
    ),
    "the table written anew past its guards": (
        "ALTER TABLE stored_events ALTER state TYPE bytea USING "
        f"CASE notification_id WHEN 3 THEN {_OTHER} ELSE state END",
    ),
}  # fmt: skip


def root_alone(log: EventLog, last: int) -> bytes:
    """Where no subject is read whose rows would tell that they are others."""
    return log.recalled(last, lambda _: [])[1]


@pytest.mark.parametrize("way", _WAYS)
def test_a_row_changed_in_a_database_leaves_no_state_from_before_in_use(server: Server, way: str) -> None:
    place = server.new_log()
    with opened(place) as log:
        take(log, *t.sound_lines(), imported=True)
        log.states.apart = APART
        last = 2 * APART + 3
        before, state = root_alone(log, last), log.states.folder.read(NAME)
        assert (root_alone(log, last), log.states.folder.read(NAME)) == (before, state), "it serves as long as it may"
        changed(place, *_WAYS[way])
        states = [state for _, _, state in log.recorder.rows()]
        assert root_alone(log, last).hex() == tree_root(states[:last]) != before.hex()
        assert log.states.folder.read(NAME) != state
    assert "1. ok" in snagc("verify", "--log", place).output
