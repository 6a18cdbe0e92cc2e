"""Sound events in the wrong place of the log: refused where the contract says so, else stored and warned."""

from collections.abc import Iterator

from tests.faults.hostile_support import (
    COUNTER,
    DONOR,
    GRANTED,
    LAB,
    OFFERED,
    REGISTERED,
    STARTED,
    STOPPED,
    Case,
    accepted,
    event,
    refused,
)

_DONOR = event(DONOR)
_OFFER = event(OFFERED)
_COUNT = event(COUNTER)
_CANDIDATE = event(REGISTERED)
_LATER = "2024-02-10T10:00:00+01:00"
_LATEST = "2024-02-20T10:00:00+01:00"


def _second_uses() -> Iterator[Case]:
    again = {"id": "again"}
    yield refused("a donor registered twice is refused", event(DONOR, again), "subject", after=(_DONOR,))
    yield refused(
        "a donor id used for another donor is refused",
        event(DONOR, again, age="60", sex="F"),
        "subject",
        after=(_DONOR,),
    )
    yield refused(
        "a donor id used by another source is refused",
        event(DONOR, {"source": "other"}),
        "subject",
        after=(_DONOR,),
    )
    yield refused("a graft offered twice is refused", event(OFFERED, again), "subject", after=(_DONOR, _OFFER))
    yield refused(
        "an offer id used for another donor is refused",
        event(OFFERED, again, donor="D2"),
        "subject",
        after=(_DONOR, event(DONOR, {"id": "d2", "subject": "donor/D2"}), _OFFER),
    )
    yield refused(
        "an offer id used again after its offer was closed is refused",
        event(OFFERED, again),
        "subject",
        after=(_DONOR, _OFFER, event("offer.closed")),
    )


def _free_ids() -> Iterator[Case]:
    again = {"id": "again"}
    yield accepted(
        "a second offer of one donor is accepted",
        event(OFFERED, {"id": "o2", "subject": "offer/O2"}),
        after=(_DONOR, _OFFER),
    )
    yield accepted(
        "an offer id that differs by its case is accepted",
        event(OFFERED, {**again, "subject": "offer/o1"}),
        after=(_DONOR, _OFFER),
    )
    yield accepted(
        "a donor who bears a candidate's id is accepted",
        event(DONOR, {"subject": "donor/C1"}),
        after=(_CANDIDATE,),
    )
    yield Case(
        "an id of a refused donor is still free",
        (event(DONOR, age="-1"), event(DONOR, again)),
        ("refused", "accepted"),
        None,
    )
    yield Case(
        "an id of a refused offer is still free",
        (_OFFER, _DONOR, event(OFFERED, again)),
        ("refused", "accepted", "accepted"),
        None,
    )


def _donors() -> Iterator[Case]:
    path = "data.donor"
    yield refused("an offer without any donor is refused", _OFFER, path)
    yield refused("an offer of another donor is refused", event(OFFERED, donor="D2"), path, after=(_DONOR,))
    yield refused("an offer of a donor in lower case is refused", event(OFFERED, donor="d1"), path, after=(_DONOR,))
    yield refused("an offer of a candidate is refused", event(OFFERED, donor="C1"), path, after=(_CANDIDATE,))
    yield refused("an offer of a donor only updated is refused", _OFFER, path, after=(event("donor.updated"),))
    yield Case("an offer at a position before its donor is refused", (_OFFER, _DONOR), ("refused", "accepted"), None)
    yield Case("an offer of a refused donor is refused", (event(DONOR, age="-1"), _OFFER), ("refused",) * 2, path)
    yield refused(
        "an offer with a time before its donor's is refused",
        event(OFFERED, {"time": "2024-03-01T07:59:59.999999+01:00"}),
        path,
        after=(_DONOR,),
    )
    yield refused(
        "an offer before its donor's instant behind another offset is refused",
        event(OFFERED, {"time": "2024-03-01T08:30:00+02:00"}),
        path,
        after=(_DONOR,),
    )
    yield accepted(
        "an offer at its donor's very instant is accepted",
        event(OFFERED, {"time": "2024-03-01T07:00:00Z"}),
        after=(_DONOR,),
    )
    yield accepted(
        "an offer after its donor's instant behind another offset is accepted",
        event(OFFERED, {"time": "2024-03-01T07:30:00Z"}),
        after=(_DONOR,),
    )


def _counters() -> Iterator[Case]:
    again = event(COUNTER, {"id": "again"})
    yield accepted("an offer counter before the first offer is accepted", _COUNT, after=(_DONOR,))
    yield refused("an offer counter twice is refused", again, None, after=(_COUNT,))
    yield refused(
        "an offer counter twice with another count is refused",
        event(COUNTER, {"id": "again"}, count=7),
        None,
        after=(_COUNT,),
    )
    yield refused("an offer counter after an offer is refused", _COUNT, None, after=(_DONOR, _OFFER))
    yield refused(
        "an offer counter after an offer, with a time before it, is refused",
        event(COUNTER, {"time": "2018-01-01T00:00:00+01:00"}),
        None,
        after=(_DONOR, _OFFER),
    )
    yield Case("an offer counter after a refused offer is accepted", (_OFFER, _COUNT), ("refused", "accepted"), None)
    yield Case(
        "an offer counter after a refused counter is accepted",
        (event(COUNTER, count=-1), again),
        ("refused", "accepted"),
        None,
    )


def _facts() -> Iterator[Case]:
    """Everything else is a fact and is stored, in whatever order it comes."""
    for name in ("proposal.made", "proposal.accepted", "proposal.declined", "offer.closed", "donor.updated"):
        yield accepted(f"{name} about what nobody registered is accepted", event(name))
    closed = event("offer.closed", outcome="transplanted", candidate="C1")
    yield accepted(
        "an offer closed twice is accepted",
        event("offer.closed", {"id": "again"}),
        after=(_DONOR, _OFFER, closed),
    )
    yield accepted(
        "a transplant by an offer nobody made is accepted",
        event("candidate.transplanted", offer="O9"),
        after=(_CANDIDATE,),
    )
    yield accepted("a lab result at a position before its registration is accepted", _CANDIDATE, after=(event(LAB),))
    yield accepted(
        "a lab result from before the registration's time is accepted",
        event(LAB, {"time": "2023-12-01T00:00:00+01:00"}),
        after=(_CANDIDATE,),
    )
    yield accepted("an XPCP granted to an adult is stored", event(GRANTED, component="XPCP1"), after=(_CANDIDATE,))


def _unknown_candidates() -> Iterator[Case]:
    for name in (
        LAB,
        STARTED,
        GRANTED,
        "candidate.updated",
        "candidate.suspended",
        "candidate.reinstated",
        "candidate.delisted",
        "candidate.transplanted",
    ):
        yield accepted(f"{name} of an unknown candidate is accepted with a warning", event(name), warns="candidate")
    yield accepted(
        "a lab result of a candidate whose case differs is accepted with a warning",
        event(LAB, {"subject": "candidate/c1"}),
        after=(_CANDIDATE,),
        warns="candidate",
    )
    yield Case(
        "a lab result of a candidate whose registration was refused is accepted with a warning",
        (event(REGISTERED, sex="X"), event(LAB)),
        ("refused", "accepted"),
        None,
        "candidate",
    )


def _treatments() -> Iterator[Case]:
    start = event(STARTED)
    stop = event(STOPPED, {"time": _LATER})
    restart = event(STARTED, {"id": "again", "time": _LATER})
    stop_again = event(STOPPED, {"id": "again", "time": _LATEST})
    yield accepted("a stop without a start is accepted with a warning", stop, after=(_CANDIDATE,), warns="start")
    yield accepted(
        "a stop of another treatment is accepted with a warning",
        event(STOPPED, treatment="impella"),
        after=(_CANDIDATE, start),
        warns="start",
    )
    yield accepted(
        "a second stop is accepted with a warning", stop_again, after=(_CANDIDATE, start, stop), warns="start"
    )
    yield accepted(
        "a start while it runs is accepted with a warning",
        restart,
        after=(_CANDIDATE, start),
        warns="running",
    )
    yield accepted(
        "a start after a stop is accepted",
        event(STARTED, {"id": "again", "time": _LATEST}),
        after=(_CANDIDATE, start, stop),
    )


def _listings() -> Iterator[Case]:
    second = event(REGISTERED, {"id": "again", "time": _LATEST}, weight_kg="60")
    delisted = event("candidate.delisted", {"time": _LATER})
    yield accepted(
        "a second registration while listed is accepted with a warning",
        second,
        after=(_CANDIDATE,),
        warns="listed",
    )
    yield accepted("a second registration after delisting is accepted", second, after=(_CANDIDATE, delisted))


def _delays() -> Iterator[Case]:
    for situation in ("mcs_thrombosis", "mcs_dysfunction", "rhythmic_storm"):
        for delay in (1, 3):
            yield accepted(
                f"a delay of {delay} for {situation} is accepted with a warning",
                event(GRANTED, situation=situation, delay_months=delay),
                after=(_CANDIDATE,),
                warns="delay",
            )


PLACE_CASES: tuple[Case, ...] = (
    *_second_uses(),
    *_free_ids(),
    *_donors(),
    *_counters(),
    *_facts(),
    *_unknown_candidates(),
    *_treatments(),
    *_listings(),
    *_delays(),
)
