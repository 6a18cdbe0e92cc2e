"""Envelopes that CloudEvents or the contract forbid: attributes, identities, subjects."""

from tests.faults.hostile_support import (
    ABSENT,
    CALCIUM,
    COUNTER,
    DATA,
    DONOR,
    GRANTED,
    LAB,
    OFFERED,
    REGISTERED,
    STARTED,
    STOPPED,
    TRAVEL,
    Case,
    Change,
    Json,
    accepted,
    before,
    encoded,
    event,
    mode_of,
    refused,
)

_REQUIRED = ("specversion", "source", "id", "type", "subject", "time", "data")
_TEXTS = ("specversion", "source", "id", "type", "subject", "time", "datacontenttype", "actor")

_WRONG_TYPES: dict[str, Json] = {
    "a number": 7,
    "a boolean": True,
    "a list": ["1.0"],
    "an object": {"value": "1.0"},
}

_FORBIDDEN_VALUES: dict[str, tuple[str, Json]] = {
    "specversion 0.3": ("specversion", "0.3"),
    "specversion 1": ("specversion", "1"),
    "specversion 1.0.1": ("specversion", "1.0.1"),
    "specversion 1.0 with a space": ("specversion", "1.0 "),
    "specversion as the number 1.0": ("specversion", 1.0),
    "datacontenttype text/xml": ("datacontenttype", "text/xml"),
    "datacontenttype text/json": ("datacontenttype", "text/json"),
    "datacontenttype application/xml": ("datacontenttype", "application/xml"),
    "data as a list": ("data", []),
    "data as a list of objects": ("data", [DATA[LAB]]),
    "data as a string": ("data", "17.1"),
    "data as a string of JSON": ("data", encoded(DATA[LAB]).decode()),
    "data as a number": ("data", 17),
    "data as a boolean": ("data", True),
    "a type without its prefix": ("type", "lab-result.recorded.v1"),
    "a type without its version": ("type", "snagc.lab-result.recorded"),
    "a type of version 2": ("type", "snagc.lab-result.recorded.v2"),
    "a type in capitals": ("type", "SNAGC.LAB-RESULT.RECORDED.V1"),
    "a type with a space after it": ("type", "snagc.lab-result.recorded.v1 "),
    "a type with a newline after it": ("type", "snagc.lab-result.recorded.v1\n"),
    "a type nobody defined": ("type", "snagc.lab-result.deleted.v1"),
    "a type of another system": ("type", "com.github.pull_request.opened"),
    "a type that names a Python object": ("type", "os.system"),
    "an event id with a NUL": ("id", "lab\x00-1"),
    "an actor without a role": ("actor", "U12"),
    "an actor given by name": ("actor", "Jeanne Dupont"),
    "an actor with an empty id": ("actor", "coordinator:"),
    "an actor with an empty role": ("actor", ":U12"),
    "an actor with a name after the role": ("actor", "coordinator:Jeanne Dupont"),
}

_UNKNOWN_ATTRIBUTES: dict[str, Json] = {
    "name": "Jeanne Dupont",
    "phone": "0600000000",
    "comment": "urgent",
    "Time": "2024-02-01T10:00:00+01:00",
    "SUBJECT": "candidate/C2",
    "recordedat": "2024-02-01T10:00:00+01:00",
    "data_base64": "eyJ2YWx1ZSI6MX0=",
    "dataref": "https://files.example/lab.json",
    "position": 1,
    "severity": 3,
    "__class__": "os",
}

_NOT_STORED: dict[str, Json] = {
    "datacontenttype": "application/json",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "rojo=00f067aa0ba902b7",
    "sequence": "42",
    "sequencetype": "Integer",
    "dataschema": "https://schemas.example/lab.json",
    "partitionkey": "C1",
    "expirytime": "2030-01-01T00:00:00Z",
    "sampledrate": 30,
    "severitytext": "INFO",
    "severitynumber": 9,
}

_BAD_IDS: dict[str, str] = {
    "an id of 65 characters": "C" * 65,
    "an id of 10,000 characters": "C" * 10_000,
    "an empty id": "",
    "an id with a space": "C 1",
    "an id that is a space": " ",
    "an id with a space before it": " C1",
    "an id with a space after it": "C1 ",
    "an id with a newline after it": "C1\n",
    "an id with a NUL": "C1\x00",
    "an id with a slash": "C1/2",
    "an id with a slash after it": "C1/",
    "an id with a backslash": "C1\\2",
    "an id with a path out of the folder": "../C1",
    "an id with an accent": "H\u00e9l\u00e8ne",
    "an id with a combining accent": "He\u0301lene",
    "an id with a ligature": "\u0152uf",
    "an id with an Arabic digit": "C\u0661",
    "an id with a full-width letter": "\uff231",
    "an id with a Cyrillic letter": "\u04211",
    "an id with a zero-width space": "C\u200b1",
    "an id with a direction mark": "C\u202e1",
    "an id that is a first name and a surname": "Jeanne Dupont",
    "an id that is a surname with a comma": "Dupont,Jeanne",
    "an id with an apostrophe": "O'Brien",
    "an id with an SQL quote": "C1';--",
    "an id with an at sign": "jeanne@mail.example",
    "an id with a colon": "C:1",
    "an id with a percent escape": "C%31",
    "an id with a plus sign": "C+1",
}

_SOUND_IDS: dict[str, str] = {
    "an id of 64 characters": "C" * 64,
    "an id of one character": "7",
    "an id of every kind of character": "aZ09._-",
}

_BAD_SUBJECTS: dict[str, str] = {
    "a bare id as the subject": "C1",
    "a kind without an id": "candidate",
    "a capital kind": "Candidate/C1",
    "a plural kind": "candidates/C1",
    "a French kind": "receveur/C1",
    "an id without a kind": "/C1",
    "a space before the kind": " candidate/C1",
    "a space around the slash": "candidate / C1",
    "two slashes": "candidate//C1",
    "a subject as a URL": "https://snagc.example/candidate/C1",
    "two subjects": "candidate/C1,candidate/C2",
}

_WRONG_KINDS: dict[str, tuple[str, ...]] = {
    LAB: ("donor/D1", "offer/O1", "travel-times/T1", "offer-counter"),
    REGISTERED: ("donor/D1", "offer/O1"),
    "candidate.updated": ("donor/D1",),
    "candidate.suspended": ("offer/O1",),
    "candidate.reinstated": ("donor/D1",),
    "candidate.delisted": ("donor/D1",),
    "candidate.transplanted": ("offer/O1", "donor/D1"),
    STARTED: ("donor/D1",),
    STOPPED: ("donor/D1",),
    "expert-priority.requested": ("offer/O1",),
    GRANTED: ("donor/D1", "offer/O1"),
    "expert-priority.refused": ("donor/D1",),
    "expert-priority.ended": ("offer/O1",),
    DONOR: ("candidate/C1", "offer/O1"),
    "donor.updated": ("candidate/C1",),
    OFFERED: ("candidate/C1", "donor/D1", "offer-counter"),
    "proposal.made": ("candidate/C1", "donor/D1"),
    "proposal.accepted": ("candidate/C1",),
    "proposal.declined": ("candidate/C1",),
    "offer.closed": ("candidate/C1", "offer-counter"),
    COUNTER: ("offer/O1", "candidate/C1", "offer-counter/1", "offer-counter/"),
    TRAVEL: ("candidate/C1", "travel-times", "travel-times/", "travel-time/2024-1"),
    CALCIUM: ("offer/O1", "offer-counter"),
}


def _attribute_case(attribute: str, how: str, value: Change, name: str = LAB) -> Case:
    return refused(f"{attribute} {how} is refused", event(name, {attribute: value}), attribute)


def _subject_case(sentence: str, subject: str) -> Case:
    return refused(f"{sentence} is refused", event(LAB, {"subject": subject}), "subject")


def _all_at_once() -> tuple[Case, ...]:
    """Every fault is named at once: one line, one case for each path it must name."""
    faults: dict[str, Json] = {
        "specversion": "0.3",
        "subject": "candidate/",
        "time": "yesterday",
        "phone": "06",
    }
    line = event(LAB, faults, value="NaN", name="Jeanne Dupont")
    paths = (*faults, "data.value", "data.name")
    return tuple(refused(f"a line with six faults names {path} among them", line, path) for path in paths)


def _odd_objects() -> tuple[Case, ...]:
    return (
        refused("an empty object is refused", b"{}", "type"),
        refused("data both plain and in base64 is refused", event(LAB, {"data_base64": "e30="}), "data_base64"),
        refused(
            "data in base64 alone is refused",
            event(LAB, {"data": ABSENT, "data_base64": "e30="}),
            "data_base64",
        ),
        refused("an attribute whose name is empty is refused", event(LAB, {"": "x"}), None),
        refused("a key with a byte order mark is refused", event(LAB, {"\ufefftime": "x"}), None),
        refused("an attribute spelt with a look-alike letter is refused", event(LAB, {"t\u0456me": "x"}), None),
    )


def _sound_envelopes() -> tuple[Case, ...]:
    return (
        *(
            accepted(f"a sound {name} is accepted", event(name), after=before(name), mode=mode_of(name))
            for name in DATA
        ),
        *(accepted(f"{key} is accepted", event(LAB, {key: value})) for key, value in _NOT_STORED.items()),
        accepted("all the attributes that are not stored are accepted together", event(LAB, _NOT_STORED)),
        accepted("an actor with its role is accepted", event(LAB, {"actor": "coordinator:U12"})),
        accepted("coronary calcium on a donor is accepted", event(CALCIUM, {"subject": "donor/D1"})),
        *(
            accepted(f"{what} as a candidate is accepted", event(LAB, {"subject": f"candidate/{sound}"}))
            for what, sound in _SOUND_IDS.items()
        ),
    )


ENVELOPE_CASES: tuple[Case, ...] = (
    *(_attribute_case(attribute, "missing", ABSENT) for attribute in _REQUIRED),
    *(_attribute_case(attribute, "as null", None) for attribute in _REQUIRED),
    *(_attribute_case(attribute, "as an empty string", "") for attribute in _TEXTS),
    *(_attribute_case(attribute, f"as {what}", value) for attribute in _TEXTS for what, value in _WRONG_TYPES.items()),
    *(
        refused(f"{what} is refused", event(LAB, {attribute: value}), attribute)
        for what, (attribute, value) in _FORBIDDEN_VALUES.items()
    ),
    *(
        refused(f"an unknown attribute {key} is refused", event(LAB, {key: value}), key)
        for key, value in _UNKNOWN_ATTRIBUTES.items()
    ),
    *_odd_objects(),
    *(_subject_case(f"{what} as a candidate", f"candidate/{bad}") for what, bad in _BAD_IDS.items()),
    *(_subject_case(what, bad) for what, bad in _BAD_SUBJECTS.items()),
    *(
        refused(
            f"{name} about {subject} is refused",
            event(name, {"subject": subject}),
            "subject",
            after=before(name),
        )
        for name, subjects in _WRONG_KINDS.items()
        for subject in subjects
    ),
    *_all_at_once(),
    *_sound_envelopes(),
)
