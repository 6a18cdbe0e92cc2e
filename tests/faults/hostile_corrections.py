"""Corrections and retractions: of what nobody sent, of what may not be touched, into what may not be."""

from collections.abc import Iterator

from tests.faults.hostile_support import (
    ABSENT,
    CORRECTED,
    COUNTER,
    DONOR,
    GRANTED,
    LAB,
    MATCH_RUN,
    OFFERED,
    PARIS,
    REGISTERED,
    RETRACTED,
    SITE,
    SOURCE,
    STARTED,
    SUBJECT_OF,
    TRAVEL,
    Case,
    Change,
    Json,
    accepted,
    before,
    event,
    mode_of,
    refused,
    spoilt,
)

_LAB = event(LAB)
_TARGET = "data.event"
_BOTH = (CORRECTED, RETRACTED)
_UNTOUCHABLE = (OFFERED, COUNTER, MATCH_RUN)
_EDITS: dict[str, dict[str, Change]] = {
    CORRECTED: {"data": ABSENT, "time": "2024-03-01T13:00:00+01:00"},
    RETRACTED: {},
}

_BAD_REFERENCES: dict[str, tuple[Json, str | None]] = {
    "a text": (f"{SOURCE}#{LAB}-1", "data.event"),
    "a position": (1, "data.event"),
    "a list": ([SOURCE, f"{LAB}-1"], "data.event"),
    "without a source": ({"id": f"{LAB}-1"}, "data.event.source"),
    "without an id": ({"source": SOURCE}, "data.event.id"),
    "a null id": ({"source": SOURCE, "id": None}, "data.event.id"),
    "a number for an id": ({"source": SOURCE, "id": 7}, "data.event.id"),
    "a list for a source": ({"source": [SOURCE], "id": f"{LAB}-1"}, "data.event.source"),
    "an unknown key": ({"source": SOURCE, "id": f"{LAB}-1", "name": "x"}, "data.event.name"),
    "an empty object": ({}, "data.event.id"),
}

_UNKNOWN_TARGETS: dict[str, Json] = {
    "another id": {"source": SOURCE, "id": "never-sent"},
    "another source": {"source": "https://other.example", "id": f"{LAB}-1"},
    "an id in capitals": {"source": SOURCE, "id": f"{LAB}-1".upper()},
    "source and id exchanged": {"source": f"{LAB}-1", "id": SOURCE},
}

# Changes that would leave the corrected event of this type invalid.
_INVALID: tuple[tuple[str, str, dict[str, Json]], ...] = (
    (LAB, "a value out of range", {"value": "2000.1"}),
    (LAB, "a value below 0", {"value": "-5"}),
    (LAB, "a value that is NaN", {"value": "NaN"}),
    (LAB, "a value with a comma", {"value": "17,1"}),
    (LAB, "a value that is a boolean", {"value": True}),
    (LAB, "an unknown unit", {"unit": "\u00b5mol/L"}),
    (LAB, "a unit of other analytes", {"unit": "ng/L"}),
    (LAB, "an analyte that has another unit", {"analyte": "bnp"}),
    (LAB, "an unknown analyte", {"analyte": "urea"}),
    (LAB, "an unknown field", {"name": "Jeanne Dupont"}),
    (LAB, "an unknown field beside a known one", {"value": "18", "phone": "06"}),
    (LAB, "a null unknown field", {"phone": None}),
    (LAB, "no value", {"value": None}),
    (LAB, "no unit", {"unit": None}),
    (LAB, "no analyte", {"analyte": None}),
    (LAB, "an envelope attribute among its data", {"subject": "candidate/C2"}),
    (LAB, "an origin of 121 characters", {"origin": "x" * 121}),
    (REGISTERED, "no birth date", {"birth_date": None}),
    (REGISTERED, "a birth date after its registration", {"birth_date": "2024-01-11"}),
    (REGISTERED, "no diseases", {"diseases": []}),
    (REGISTERED, "an unknown disease", {"diseases": ["150"]}),
    (REGISTERED, "blood group 0", {"blood_group": "0"}),
    (REGISTERED, "a minimum above its maximum", {"donor_limits": {"age": [60, 18]}}),
    (DONOR, "no blood group", {"blood_group": None}),
    (DONOR, "neither an age nor a birth date", {"age": None}),
    (DONOR, "a birth date after its time", {"age": None, "birth_date": "2024-03-02"}),
    (GRANTED, "points of 901", {"points": "901"}),
    (GRANTED, "a delay of 4", {"delay_months": 4}),
    (STARTED, "an unknown treatment", {"treatment": "CEC"}),
    (TRAVEL, "a pair twice", {"rows": [[SITE, PARIS, 1], [SITE, PARIS, 2]]}),
)

_BAD_TIMES: dict[str, Json] = {
    "a naive time": "2024-02-01T10:00:00",
    "the time 0": "0",
    "an epoch": 1706778000,
    "a leap second": "2016-12-31T23:59:60Z",
    "the 30th of February": "2024-02-30T10:00:00Z",
    "a fraction of 10 digits": "2024-02-01T10:00:00.1234567891Z",
    "an empty time": "",
    "a list for a time": [],
}


def _about(kind: str, name: str, changes: dict[str, Change] | None = None, /, **fields: Change) -> bytes:
    """A correction or retraction of the sound event of this type, under its subject."""
    subject = SUBJECT_OF.get(name, "candidate/C1")
    target: Json = {"source": SOURCE, "id": f"{name}-1"}
    return event(kind, {"subject": subject, **(changes or {})}, **{"event": target, **fields})


def _short(kind: str) -> str:
    return "correction" if kind == CORRECTED else "retraction"


# Corrections and retractions that must pass: the line, and what comes before it.
_SOUND: dict[str, tuple[bytes, tuple[bytes, ...]]] = {
    "a correction of a time alone": (
        event(CORRECTED, data=ABSENT, time="2024-02-01T09:00:00+01:00"),
        (_LAB,),
    ),
    "a correction that removes an optional field": (
        event(CORRECTED, data={"comparator": None}),
        (event(LAB, comparator="<"),),
    ),
    "a correction that adds an optional field": (
        event(CORRECTED, data={"context": "pre_treatment"}),
        (_LAB,),
    ),
    "a correction of a value and its unit at once": (
        event(CORRECTED, data={"value": "1.5", "unit": "mg/dL"}),
        (event(LAB, value="150"),),
    ),
    "a correction of a corrected target": (
        event(CORRECTED, {"id": "second"}, data={"value": "19"}),
        (_LAB, event(CORRECTED)),
    ),
    "a retraction of a corrected target": (event(RETRACTED, {"id": "second"}), (_LAB, event(CORRECTED))),
    "a correction whose own time is before its target's": (
        event(CORRECTED, {"time": "2001-01-01T00:00:00Z"}),
        (_LAB,),
    ),
    "a retraction of a registration": (_about(RETRACTED, REGISTERED), (event(REGISTERED),)),
    "a correction of a travel matrix": (
        _about(CORRECTED, TRAVEL, data={"default_minutes": 140}),
        (event(TRAVEL),),
    ),
    "a correction of a component together with its points": (
        _about(CORRECTED, GRANTED, data={"component": "XPCP1", "points": None}),
        (event(GRANTED, points="900"),),
    ),
    "a correction from another source": (event(CORRECTED, {"source": "https://office.example"}), (_LAB,)),
}


def _targets() -> Iterator[Case]:
    for kind in _BOTH:
        what, line = _short(kind), event(kind)
        for sentence, (reference, path) in _BAD_REFERENCES.items():
            yield spoilt(kind, f"a {what} whose target is {sentence} is refused", path, event=reference)
        for sentence, reference in _UNKNOWN_TARGETS.items():
            yield spoilt(kind, f"a {what} of {sentence} is refused", _TARGET, event=reference)
        yield refused(f"a {what} in an empty log is refused", line, _TARGET)
        yield refused(f"a {what} of itself is refused", _about(kind, kind), _TARGET, after=(_LAB,))
        yield Case(
            f"a {what} of a later target is refused, and accepted once it is there",
            (line, _LAB, line),
            ("refused", "accepted", "accepted"),
            None,
        )
        yield Case(
            f"a {what} of a refused target is refused",
            (event(LAB, value="NaN"), line),
            ("refused",) * 2,
            _TARGET,
        )
        yield refused(
            f"a {what} under another candidate's subject is refused",
            event(kind, {"subject": "candidate/C2"}),
            None,
            after=(_LAB, event(REGISTERED, {"subject": "candidate/C2"})),
        )
        yield refused(
            f"a {what} under a donor's subject is refused",
            event(kind, {"subject": "donor/C1"}),
            None,
            after=(_LAB,),
        )
        yield spoilt(kind, f"a {what} with an empty target id is refused", None, event={"source": SOURCE, "id": ""})


def _untouchable() -> Iterator[Case]:
    for kind in _BOTH:
        what = _short(kind)
        after = (_LAB, event(RETRACTED))
        yield refused(f"a {what} of a retracted target is refused", event(kind, {"id": "second"}), _TARGET, after=after)
        for earlier in _BOTH:
            yield refused(
                f"a {what} of a {_short(earlier)} is refused",
                _about(kind, earlier, {"id": "second"}),
                _TARGET,
                after=(_LAB, event(earlier)),
            )
        for name in _UNTOUCHABLE:
            yield refused(
                f"a {what} of {name} is refused",
                _about(kind, name, **_EDITS[kind]),
                _TARGET,
                after=(*before(name), event(name)),
                mode=mode_of(name),
            )


def _invalid() -> Iterator[Case]:
    for name, what, data in _INVALID:
        line = _about(CORRECTED, name, data=data)
        yield refused(f"a correction that leaves {name} with {what} is refused", line, None, after=(event(name),))
    for what, time in _BAD_TIMES.items():
        yield spoilt(CORRECTED, f"a correction to {what} is refused", None, data=ABSENT, time=time)


def _invalid_together() -> Iterator[Case]:
    """Each field would do alone; the corrected event as a whole would not."""
    yield refused(
        "a correction of a time to before the candidate's birth is refused",
        _about(CORRECTED, REGISTERED, data=ABSENT, time="1970-05-16T00:00:00+01:00"),
        None,
        after=(event(REGISTERED),),
    )
    yield refused(
        "a correction of a unit that puts the value out of range is refused",
        event(CORRECTED, data={"unit": "mg/dL"}),
        None,
        after=(event(LAB, value="150"),),
    )
    yield refused(
        "two corrections that are sound apart but not together: the second is refused",
        event(CORRECTED, {"id": "second"}, data={"value": "150"}),
        None,
        after=(event(LAB, value="100"), event(CORRECTED, data={"unit": "mg/dL"})),
    )
    yield refused(
        "a correction of a component that leaves its points behind is refused",
        _about(CORRECTED, GRANTED, data={"component": "XPCP1"}),
        None,
        after=(event(GRANTED, points="900"),),
    )
    yield Case(
        "a refused correction changes nothing for the next one",
        (
            event(LAB, value="100"),
            event(CORRECTED, data={"unit": "mg/L"}),
            event(CORRECTED, data={"value": "150"}),
        ),
        ("accepted", "refused", "accepted"),
        None,
    )


def _sound() -> Iterator[Case]:
    for what, (line, after) in _SOUND.items():
        yield accepted(f"{what} is accepted", line, after=after)
    yield Case(
        "a correction sent twice is a duplicate, even after its target is retracted",
        (_LAB, event(CORRECTED), event(RETRACTED), event(CORRECTED)),
        ("accepted", "accepted", "accepted", "duplicate"),
        None,
    )
    yield Case(
        "an event sent again after its retraction is a duplicate, not a revival",
        (_LAB, event(RETRACTED), _LAB),
        ("accepted", "accepted", "duplicate"),
        None,
    )


CORRECTION_CASES: tuple[Case, ...] = (
    *_targets(),
    *_untouchable(),
    *_invalid(),
    *_invalid_together(),
    *_sound(),
)
