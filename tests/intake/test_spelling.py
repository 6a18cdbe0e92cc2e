"""One identity, two contents: a conflict says whether only the spelling differs, or what is said."""

from collections.abc import Iterator

import pytest

from engine.log.eventlog import EventLog
from tests.faults.hostile_support import (
    ABSENT,
    CORRECTED,
    COUNTER,
    DONOR,
    GRANTED,
    LAB,
    PARIS,
    REGISTERED,
    SITE,
    STARTED,
    TRAVEL,
    before,
    event,
)
from tests.intake.support import opened, take

pytestmark = pytest.mark.on_files_unless_long

TIME = "time"
LIMITS = "candidate.updated"

RESPELT: dict[str, tuple[bytes, bytes, str]] = {
    "an offset sent as Z": (event(LAB), event(LAB, {TIME: "2024-02-01T09:00:00Z"}), "time"),
    "a summer offset sent as Z": (
        event(LAB, {TIME: "2024-07-01T10:00:00+02:00"}), event(LAB, {TIME: "2024-07-01T08:00:00Z"}), "time"),
    "Z sent as +00:00": (
        event(LAB, {TIME: "2024-02-01T09:00:00Z"}), event(LAB, {TIME: "2024-02-01T09:00:00+00:00"}), "time"),
    "a zero fraction": (event(LAB), event(LAB, {TIME: "2024-02-01T10:00:00.000+01:00"}), "time"),
    "a fraction cut to microseconds": (
        event(LAB, {TIME: "2024-02-01T10:00:00.123456789Z"}), event(LAB, {TIME: "2024-02-01T10:00:00.123456Z"}),
        "time"),
    "a small t": (event(LAB), event(LAB, {TIME: "2024-02-01t10:00:00+01:00"}), "time"),
    "another day by another offset": (
        event(LAB, {TIME: "2024-02-01T00:30:00+01:00"}), event(LAB, {TIME: "2024-01-31T23:30:00Z"}), "time"),
    "17.1 sent as 17.10": (event(LAB), event(LAB, value="17.10"), "data.value"),
    "100 sent as 100.0": (event(LAB, value=100), event(LAB, value=100.0), "data.value"),
    "100 sent as 1e2": (event(LAB, value="100"), event(LAB, value="1e2"), "data.value"),
    "a zero sent as minus zero": (event(LAB, value="0"), event(LAB, value="-0"), "data.value"),
    "a height": (event(REGISTERED), event(REGISTERED, height_cm="170.0"), "data.height_cm"),
    "a height and a time": (
        event(REGISTERED), event(REGISTERED, {TIME: "2024-01-09T23:00:00Z"}, height_cm="170.0"), "data.height_cm"),
    "an age": (event(DONOR), event(DONOR, age="45.0"), "data.age"),
    "points": (event(GRANTED, points="900"), event(GRANTED, points="9E+2"), "data.points"),
    "a bound": (
        event(LIMITS, donor_limits={"age": ["18", "60"]}), event(LIMITS, donor_limits={"age": [18.0, "60"]}),
        "data.donor_limits.age.0"),
    "a corrected value": (event(CORRECTED), event(CORRECTED, data={"value": "18.20"}), "data.data.value"),
    "a corrected time": (
        event(CORRECTED, time="2024-02-01T10:00:00Z"), event(CORRECTED, time="2024-02-01T11:00:00+01:00"), "data.time"),
}  # fmt: skip

OTHER: dict[str, tuple[bytes, bytes]] = {
    "another value": (event(LAB), event(LAB, value="17.2")),
    "another instant": (event(LAB), event(LAB, {TIME: "2024-02-01T10:00:00Z"})),
    "another value and a respelt time": (event(LAB), event(LAB, {TIME: "2024-02-01T09:00:00Z"}, value="18")),
    "another unit of one amount": (event(LAB), event(LAB, value="1", unit="mg/dL")),
    "an id that looks like a number": (
        event("proposal.made", candidate="1"), event("proposal.made", candidate="1.0")),
    "a team that looks like a number": (event(REGISTERED, team="1"), event(REGISTERED, team="1.0")),
    "a free text that looks like a time": (
        event(STARTED, device="2024-02-01T10:00:00+01:00"), event(STARTED, device="2024-02-01T09:00:00Z")),
    "another subject": (event(LAB), event(LAB, {"subject": "candidate/C2"})),
    "another type": (event(LAB), event("candidate.suspended", {"id": f"{LAB}-1"})),
    "an actor": (event(LAB), event(LAB, {"actor": "nurse:N1"})),
    "a default spelt out": (event(LAB), event(LAB, context="current")),
    "a false where nothing was": (event(STARTED), event(STARTED, complicated=False)),
    "another order of diseases": (
        event(REGISTERED, diseases=["151", "153"]), event(REGISTERED, diseases=["153", "151"])),
    "another row": (event(TRAVEL), event(TRAVEL, rows=[[SITE, PARIS, 96]])),
    "another count": (event(COUNTER), event(COUNTER, count=1201)),
    "a reason left out": (event("candidate.suspended", reason="fever"), event("candidate.suspended", reason=ABSENT)),
}  # fmt: skip


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


def said(log: EventLog, first: bytes, second: bytes, *, apart: bool) -> str:
    """What the conflict of the second line says, the first one stored before or pending in the same batch."""
    take(log, *(before(CORRECTED) if b"event.corrected" in first else ()))
    verdicts = [*take(log, first), *take(log, second)] if apart else take(log, first, second)
    assert [verdict.status for verdict in verdicts] == ["accepted", "conflict"]
    (fault,) = verdicts[1].errors
    assert fault.path == "id"
    return fault.message


@pytest.mark.parametrize("apart", [True, False], ids=["stored", "pending"])
@pytest.mark.parametrize(("first", "second", "field"), RESPELT.values(), ids=RESPELT)
def test_a_conflict_says_that_only_the_spelling_differs(
    log: EventLog, first: bytes, second: bytes, field: str, apart: bool
) -> None:
    message = said(log, first, second, apart=apart)
    assert "only the spelling differs" in message
    assert f"{field}:" in message


@pytest.mark.parametrize("apart", [True, False], ids=["stored", "pending"])
@pytest.mark.parametrize(("first", "second"), OTHER.values(), ids=OTHER)
def test_a_conflict_of_what_is_said_is_told_apart(log: EventLog, first: bytes, second: bytes, apart: bool) -> None:
    message = said(log, first, second, apart=apart)
    assert "spelling" not in message
    assert "other content" in message


def test_the_spellings_named_are_few_however_many_differ(log: EventLog) -> None:
    one = event("match-run.recorded", ranking=[{"rank": n, "candidate": f"C{n}", "snagc": "1"} for n in range(1, 80)])
    other = one.replace(b'"snagc": "1"', b'"snagc": "1.0"')
    verdicts = take(log, one, other, imported=True)
    assert [verdict.status for verdict in verdicts] == ["accepted", "conflict"]
    assert "data.ranking.0.snagc" in verdicts[1].errors[0].message
    assert len(verdicts[1].errors[0].message) < 600
