"""Times that are no instant, and recorded times that nobody outside may set or turn back."""

from tests.faults.hostile_support import ABSENT, LAB, Case, Json, accepted, event, refused

_BAD_TIMES: dict[str, Json] = {
    "a naive time": "2024-02-01T10:00:00",
    "a date alone": "2024-02-01",
    "a month alone": "2024-02",
    "the time 0": "0",
    "an epoch in a string": "1706778000",
    "an epoch in seconds": 1706778000,
    "an epoch with a fraction": 1706778000.5,
    "an epoch in milliseconds": 1706778000000,
    "a time that is the word now": "now",
    "a leap second": "2016-12-31T23:59:60Z",
    "a second of 61": "2024-02-01T10:00:61Z",
    "a minute of 60": "2024-02-01T10:60:00Z",
    "an hour of 24": "2024-02-01T24:00:00Z",
    "an hour of 25": "2024-02-01T25:00:00Z",
    "a month of 13": "2024-13-01T10:00:00Z",
    "a month of 0": "2024-00-01T10:00:00Z",
    "a day of 0": "2024-02-00T10:00:00Z",
    "the 31st of April": "2024-04-31T10:00:00Z",
    "the 30th of February": "2024-02-30T10:00:00Z",
    "the 29th of February in a common year": "2023-02-29T10:00:00Z",
    "the 29th of February 1900": "1900-02-29T10:00:00Z",
    "the year 0000": "0000-01-01T10:00:00Z",
    "a year of five digits": "12024-02-01T10:00:00Z",
    "a year of two digits": "24-02-01T10:00:00Z",
    "a negative year": "-2024-02-01T10:00:00Z",
    "a fraction of 10 digits": "2024-02-01T10:00:00.1234567891Z",
    "a fraction of 10 digits that ends in zeros": "2024-02-01T10:00:00.1234560000Z",
    "a fraction of 5,000 digits": f"2024-02-01T10:00:00.{'1' * 5_000}Z",
    "a fraction without digits": "2024-02-01T10:00:00.Z",
    "a fraction after a comma": "2024-02-01T10:00:00,5Z",
    "a time without seconds": "2024-02-01T10:00Z",
    "a time without minutes": "2024-02-01T10Z",
    "a month of one digit": "2024-2-01T10:00:00Z",
    "an hour of one digit": "2024-02-01T9:00:00Z",
    "a space instead of T": "2024-02-01 10:00:00Z",
    "an underscore instead of T": "2024-02-01_10:00:00Z",
    "a time in basic format": "20240201T100000Z",
    "a week date": "2024-W05-4T10:00:00Z",
    "an ordinal date": "2024-032T10:00:00Z",
    "an offset of +25:00": "2024-02-01T10:00:00+25:00",
    "an offset of +24:00": "2024-02-01T10:00:00+24:00",
    "an offset of 60 minutes": "2024-02-01T10:00:00+00:60",
    "an offset without a colon": "2024-02-01T10:00:00+0100",
    "an offset in hours alone": "2024-02-01T10:00:00+01",
    "an offset with seconds": "2024-02-01T10:00:00+01:00:30",
    "an offset without its sign": "2024-02-01T10:00:00 01:00",
    "an offset with a true minus sign": "2024-02-01T10:00:00\u221201:00",
    "both Z and an offset": "2024-02-01T10:00:00Z+01:00",
    "a zone by its name": "2024-02-01T10:00:00[Europe/Paris]",
    "a zone by its letters": "2024-02-01T10:00:00CET",
    "an offset and a zone name": "2024-02-01T10:00:00+01:00[Europe/Paris]",
    "a space before a time": " 2024-02-01T10:00:00Z",
    "a space after a time": "2024-02-01T10:00:00Z ",
    "a newline after a time": "2024-02-01T10:00:00Z\n",
    "a time in Arabic digits": "\u0662\u0660\u0662\u0664-02-01T10:00:00Z",
    "a time in full-width digits": "2024-02-01T10:00:0\uff10Z",
    "a French date": "01/02/2024 10:00:00",
    "an American date": "02/01/2024 10:00 AM",
    "a date of an e-mail": "Thu, 01 Feb 2024 10:00:00 +0100",
    "a duration": "PT10H",
    "an interval": "2024-02-01T10:00:00Z/2024-02-02T10:00:00Z",
    "a list of numbers": [2024, 2, 1, 10, 0, 0],
    "a boolean": True,
}

_SOUND_TIMES: dict[str, str] = {
    "a lower-case z": "2024-02-01T10:00:00z",
    "a lower-case t": "2024-02-01t10:00:00Z",
    "a fraction of 6 digits": "2024-02-01T10:00:00.123456Z",
    "a fraction of one digit": "2024-02-01T10:00:00.5+01:00",
    "a fraction of 7 digits": "2024-02-01T10:00:00.1234567Z",
    "a fraction of 9 digits": "2024-02-01T10:00:00.123456789+01:00",
    "the 29th of February in a leap year": "2024-02-29T10:00:00Z",
    "the 29th of February 2000": "2000-02-29T10:00:00Z",
    "the last second of a year": "2023-12-31T23:59:59.999999Z",
    "local midnight": "2024-02-01T00:00:00+01:00",
    "an offset with minutes": "2024-02-01T10:00:00+05:45",
    "an offset of +23:59": "2024-02-01T10:00:00+23:59",
    "an hour that Paris skips in spring, with its offset": "2024-03-31T02:30:00+01:00",
    "an hour that Paris has twice in autumn, with its offset": "2024-10-27T02:30:00+02:00",
    "a year long gone": "1970-01-01T00:00:00Z",
    "the year 9999": "9999-06-01T10:00:00Z",
}

_BAD_RECORDED_TIMES: dict[str, Json] = {
    "a naive recorded time": "2024-02-01T10:00:00",
    "a recorded time of 0": "0",
    "a recorded time as a number": 1706778000,
    "a recorded leap second": "2016-12-31T23:59:60Z",
    "a recorded fraction of 10 digits": "2024-02-01T10:00:00.1234567891Z",
    "a recorded time without seconds": "2024-02-01T10:00Z",
    "a recorded 30th of February": "2024-02-30T10:00:00Z",
    "an empty recorded time": "",
    "a recorded time as a list": [],
}

_STEPS_BACK: dict[str, tuple[str, str]] = {
    "by a day": ("2024-02-02T10:00:00Z", "2024-02-01T10:00:00Z"),
    "by a microsecond": ("2024-02-01T10:00:00.000001Z", "2024-02-01T10:00:00Z"),
    "behind another offset": ("2024-02-01T09:30:00Z", "2024-02-01T10:00:00+01:00"),
}

_STEPS_FORWARD: dict[str, tuple[str, str]] = {
    "by a microsecond": ("2024-02-01T10:00:00Z", "2024-02-01T10:00:00.000001Z"),
    "by nothing": ("2024-02-01T10:00:00Z", "2024-02-01T10:00:00Z"),
    "by nothing, spelt otherwise": ("2024-02-01T10:00:00Z", "2024-02-01T11:00:00.000+01:00"),
    "behind another offset": ("2024-02-01T10:00:00+01:00", "2024-02-01T09:30:00Z"),
}


def _recorded(number: int, instant: str | None) -> bytes:
    """The numbered lab result, recorded at this instant; None: no recorded time."""
    return event(LAB, {"id": f"e{number}", "recordedtime": ABSENT if instant is None else instant})


def _recorded_live() -> tuple[Case, ...]:
    now_like = "2024-02-01T10:00:00Z"
    return (
        refused("a recorded time given to live intake is refused", _recorded(1, now_like), "recordedtime"),
        refused(
            "a recorded time far ahead given to live intake is refused",
            _recorded(1, "2999-01-01T00:00:00Z"),
            "recordedtime",
        ),
        refused("an empty recorded time given to live intake is refused", _recorded(1, ""), "recordedtime"),
    )


def _recorded_import() -> tuple[Case, ...]:
    first = _recorded(1, "2001-01-01T00:00:00Z")
    return (
        accepted(
            "an import without recorded times is accepted",
            _recorded(2, None),
            after=(_recorded(1, None),),
            mode="import",
        ),
        accepted(
            "an import that stops giving recorded times is accepted",
            _recorded(2, None),
            after=(first,),
            mode="import",
        ),
        refused(
            "an import that goes behind the instant of its own start is refused",
            _recorded(2, "2001-01-01T00:00:00Z"),
            "recordedtime",
            after=(_recorded(1, None),),
            mode="import",
        ),
    )


def _recorded_on() -> tuple[Case, ...]:
    """What comes after a step back is measured against the last accepted line."""
    return (
        Case(
            "a refused step back does not move the log's last recorded time",
            (
                _recorded(1, "2024-02-02T10:00:00Z"),
                _recorded(2, "2024-02-01T10:00:00Z"),
                _recorded(3, "2024-02-02T09:00:00Z"),
            ),
            ("accepted", "refused", "refused"),
            "recordedtime",
            None,
            "import",
        ),
        Case(
            "an import goes on after a step back",
            (
                _recorded(1, "2024-02-02T10:00:00Z"),
                _recorded(2, "2024-02-01T10:00:00Z"),
                _recorded(3, "2024-02-02T11:00:00Z"),
            ),
            ("accepted", "refused", "accepted"),
            None,
            None,
            "import",
        ),
    )


TIME_CASES: tuple[Case, ...] = (
    *(refused(f"{what} is refused", event(LAB, {"time": bad}), "time") for what, bad in _BAD_TIMES.items()),
    *(accepted(f"{what} is accepted", event(LAB, {"time": time})) for what, time in _SOUND_TIMES.items()),
    *_recorded_live(),
    *_recorded_import(),
    *_recorded_on(),
    *(
        refused(
            f"an import with {what} is refused",
            event(LAB, {"recordedtime": bad}),
            "recordedtime",
            mode="import",
        )
        for what, bad in _BAD_RECORDED_TIMES.items()
    ),
    *(
        refused(
            f"an import stepping back {how} is refused",
            _recorded(2, later),
            "recordedtime",
            after=(_recorded(1, earlier),),
            mode="import",
        )
        for how, (earlier, later) in _STEPS_BACK.items()
    ),
    *(
        accepted(
            f"an import stepping forward {how} is accepted",
            _recorded(2, later),
            after=(_recorded(1, earlier),),
            mode="import",
        )
        for how, (earlier, later) in _STEPS_FORWARD.items()
    ),
)
