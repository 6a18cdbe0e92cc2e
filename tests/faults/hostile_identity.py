"""Source and id: the same event again, another one under its name, and how the two are told apart."""

import json
from collections.abc import Iterator

from tests.faults.hostile_support import (
    ABSENT,
    COUNTER,
    DATA,
    DONOR,
    GRANTED,
    HOLE,
    LAB,
    OFFERED,
    PARIS,
    REGISTERED,
    SITE,
    STARTED,
    TRAVEL,
    Case,
    before,
    encoded,
    event,
    mode_of,
    spliced,
)

_GOOD = event(LAB)
_HOLED = event(LAB, value=HOLE)


def _backwards(line: bytes) -> bytes:
    """The same event with its attributes and its data in the other order."""
    attributes = json.loads(line)
    attributes["data"] = dict(reversed(attributes["data"].items()))
    return encoded(dict(reversed(attributes.items())))


# Two lines of one content: the second is a duplicate.
_SAME: dict[str, tuple[bytes, bytes]] = {
    "the very same line": (_GOOD, _GOOD),
    "a number and its text": (spliced(_HOLED, b"17.10"), spliced(_HOLED, b'"17.10"')),
    "a text and its number": (spliced(_HOLED, b'"17.10"'), spliced(_HOLED, b"17.10")),
    "a height as number and as text": (event(REGISTERED, height_cm=170), event(REGISTERED, height_cm="170")),
    "a count as number and as text": (event(COUNTER, count=1200), event(COUNTER, count="1200")),
    "a delay as number and as text": (event(GRANTED, delay_months=2), event(GRANTED, delay_months="2")),
    "minutes as number and as text": (
        event(TRAVEL, rows=[[SITE, PARIS, 95]]),
        event(TRAVEL, rows=[[SITE, PARIS, "95"]]),
    ),
    "default minutes as number and as text": (
        event(TRAVEL, default_minutes=120),
        event(TRAVEL, default_minutes="120"),
    ),
    "limits as numbers and as texts": (
        event("candidate.updated", donor_limits={"age": [18, 60]}),
        event("candidate.updated", donor_limits={"age": ["18", "60"]}),
    ),
    "limits in another order": (
        event("candidate.updated", donor_limits={"age": [18, 60], "weight_kg": [50, 90]}),
        event("candidate.updated", donor_limits={"weight_kg": [50, 90], "age": [18, 60]}),
    ),
    "another order of keys": (_GOOD, _backwards(_GOOD)),
    "other white space": (_GOOD, b"  " + _GOOD.replace(b": ", b" :\t").replace(b", ", b",")),
    "letters spelt with escapes": (_GOOD, _GOOD.replace(b"candidate/C1", b"candidate\\/\\u00431")),
    "a content type": (_GOOD, event(LAB, {"datacontenttype": "application/json"})),
    "a content type left out": (event(LAB, {"datacontenttype": "application/json"}), _GOOD),
    "another trace": (
        event(LAB, {"tracestate": "a=1", "sequence": "1"}),
        event(LAB, {"tracestate": "a=2", "sequence": "2"}),
    ),
    "the two letters of the male sex": (event(REGISTERED, sex="H"), event(REGISTERED, sex="M")),
    "an accent and its escape": (
        event("candidate.suspended", reason="fi\u00e8vre"),
        event("candidate.suspended", reason="fi\u00e8vre").replace("\u00e8".encode(), b"\\u00e8"),
    ),
}

# Two lines of one source and id, but not of one content: the second is a conflict.
_OTHER: dict[str, tuple[bytes, bytes]] = {
    "another value": (_GOOD, event(LAB, value="17.2")),
    "17.1 and 17.10": (spliced(_HOLED, b"17.1"), spliced(_HOLED, b"17.10")),
    "the texts 17.1 and 17.10": (event(LAB, value="17.1"), event(LAB, value="17.10")),
    "170 and 170.0": (event(REGISTERED, height_cm="170"), event(REGISTERED, height_cm="170.0")),
    "another unit of the same amount": (event(LAB, value="17.1"), event(LAB, value="1", unit="mg/dL")),
    "two units that mean the same": (
        event(LAB, analyte="bnp", value="800", unit="ng/L"),
        event(LAB, analyte="bnp", value="800", unit="pg/mL"),
    ),
    "another candidate": (_GOOD, event(LAB, {"subject": "candidate/C2"})),
    "a candidate in lower case": (_GOOD, event(LAB, {"subject": "candidate/c1"})),
    "another time": (_GOOD, event(LAB, {"time": "2024-02-01T10:00:01+01:00"})),
    "the same instant with another offset": (_GOOD, event(LAB, {"time": "2024-02-01T09:00:00Z"})),
    "the same instant with a fraction": (_GOOD, event(LAB, {"time": "2024-02-01T10:00:00.0+01:00"})),
    "another type": (_GOOD, event("candidate.suspended", {"id": f"{LAB}-1"})),
    "an actor": (_GOOD, event(LAB, {"actor": "biologist:B7"})),
    "another actor": (event(LAB, {"actor": "biologist:B7"}), event(LAB, {"actor": "biologist:B8"})),
    "a default spelt out": (_GOOD, event(LAB, context="current")),
    "default minutes spelt out": (event(TRAVEL), event(TRAVEL, default_minutes=150)),
    "default points spelt out": (event(GRANTED), event(GRANTED, points="900")),
    "a comparator": (_GOOD, event(LAB, comparator="<")),
    "a false where nothing was": (event(STARTED), event(STARTED, complicated=False)),
    "diseases in another order": (
        event(REGISTERED, diseases=["151", "163"]),
        event(REGISTERED, diseases=["163", "151"]),
    ),
    "a space in free text": (
        event("candidate.suspended", reason="fever"),
        event("candidate.suspended", reason="fever "),
    ),
    "an accent composed and decomposed": (
        event("candidate.suspended", reason="fi\u00e8vre"),
        event("candidate.suspended", reason="fie\u0300vre"),
    ),
}


def _again() -> Iterator[Case]:
    for name in DATA:
        line = event(name)
        yield Case(
            f"{name} sent twice is a duplicate",
            (*before(name), line, line),
            (*("accepted",) * len(before(name)), "accepted", "duplicate"),
            None,
            None,
            mode_of(name),
        )
    first, second = event(LAB), event(LAB, value="17.2")
    yield Case(
        "a conflict leaves the first event in its place",
        (first, second, first, second),
        ("accepted", "conflict", "duplicate", "conflict"),
        None,
    )
    yield Case(
        "a refused event may come again once put right",
        (event(LAB, value="NaN"), first, first),
        ("refused", "accepted", "duplicate"),
        None,
    )
    yield Case("a refused event is refused each time", (event(LAB, value="NaN"),) * 3, ("refused",) * 3, "data.value")


def _neighbours() -> Iterator[Case]:
    """What differs in source or id is another event, whatever its content."""
    for what, changes in {
        "another id": {"id": "e2"},
        "an id in capitals": {"id": f"{LAB}-1".upper()},
        "another source": {"source": "https://lab.example/night"},
        "a source with a slash after it": {"source": "https://lab.example/intake/"},
    }.items():
        yield Case(
            f"the same content under {what} is accepted",
            (_GOOD, event(LAB, changes)),
            ("accepted",) * 2,
            None,
        )
    split = (event(LAB, {"source": "a", "id": "b/c"}), event(LAB, {"source": "a/b", "id": "c"}))
    yield Case("a source and id that join to the same text are two events", split, ("accepted",) * 2, None)


def _recorded() -> Iterator[Case]:
    """The recorded time is no part of the content."""
    first = event(LAB, {"recordedtime": "2024-02-01T10:00:00Z"})
    for what, changes in {
        "the same recorded time": {"recordedtime": "2024-02-01T10:00:00Z"},
        "a later recorded time": {"recordedtime": "2024-02-02T10:00:00Z"},
    }.items():
        yield Case(
            f"an import of the same event with {what} is a duplicate",
            (first, event(LAB, changes)),
            ("accepted", "duplicate"),
            None,
            None,
            "import",
        )
    yield Case(
        "an import of the same event without its recorded time is a duplicate",
        (first, event(LAB, {"recordedtime": ABSENT})),
        ("accepted", "duplicate"),
        None,
        None,
        "import",
    )
    later = event(LAB, {"recordedtime": "2024-02-02T10:00:00Z"}, value="17.2")
    yield Case(
        "an import of another content with a later recorded time is a conflict",
        (first, later),
        ("accepted", "conflict"),
        None,
        None,
        "import",
    )


def _places() -> Iterator[Case]:
    """Identity is looked at before the place in the log."""
    donor, offer, count = event(DONOR), event(OFFERED), event(COUNTER)
    yield Case(
        "an offer sent again is a duplicate, not a second use of its id",
        (donor, offer, offer),
        ("accepted", "accepted", "duplicate"),
        None,
    )
    yield Case(
        "an offer that was refused and is sent again after its donor is accepted",
        (offer, donor, offer),
        ("refused", "accepted", "accepted"),
        None,
    )
    yield Case(
        "an offer counter sent again after an offer is a duplicate",
        (count, donor, offer, count),
        ("accepted", "accepted", "accepted", "duplicate"),
        None,
    )


def _array_of_one() -> Iterator[Case]:
    yield Case(
        "a later line that lists the first event again is refused, not a duplicate",
        (_GOOD, b"[" + _GOOD + b"]"),
        ("accepted", "refused"),
        "$",
    )
    yield Case(
        "a later line that quotes the first event is refused, not a duplicate",
        (_GOOD, encoded(_GOOD.decode())),
        ("accepted", "refused"),
        "$",
    )


IDENTITY_CASES: tuple[Case, ...] = (
    *(
        Case(f"the second is a duplicate: {what}", lines, ("accepted", "duplicate"), None)
        for what, lines in _SAME.items()
    ),
    *(
        Case(f"the second is a conflict: {what}", lines, ("accepted", "conflict"), None)
        for what, lines in _OTHER.items()
    ),
    *_again(),
    *_neighbours(),
    *_recorded(),
    *_places(),
    *_array_of_one(),
)
