"""Pages of the log for those who follow it: stored events in order, each byte as it is stored."""

import orjson

from replay.service.answers import Answer, Problem
from replay.service.memory import RememberedLog
from replay.service.persons import persons_in

MOST_EVENTS, EVENTS = 1000, 100
LONGEST_WAIT_S = 60


def event_line(position: int, state: bytes) -> bytes:
    """One event with its position, as JSON; the stored bytes are JSON already."""
    return b'{"position":%d,"event":%s}' % (position, state)


def events_page(log: RememberedLog, after: int, limit: int) -> Answer:
    """The events after a position, and where the log ends; 409 where it ends before that position."""
    rows = list(log.recorder.rows(after + 1, after + limit))
    head = log.head()
    if after > head:
        raise beyond(after, head)
    log.hold_recalled(rows[-1][0] if rows else after)
    lines = b",".join(event_line(position, state) for position, _, state in rows)
    persons = persons_in([orjson.loads(state) for _, _, state in rows])
    return Answer(200, b'{"events":[%s],"head":%d}\n' % (lines, head), persons=persons)


def beyond(after: int, head: int) -> Problem:
    """What is said to a follower who knows more events than the log has."""
    return Problem(
        409,
        f"after {after}: the log ends at position {head}; it was cut, or restored from a copy: hold what you have "
        "against it, and follow it anew from a position that is in both",
    )
