"""Lines that are not what they seem to a JSON parser: broken syntax, broken bytes, bombs."""

from tests.faults.hostile_support import (
    COUNTER,
    GRANTED,
    HOLE,
    LAB,
    SITE,
    TRAVEL,
    Case,
    accepted,
    event,
    refused,
    spliced,
)

_GOOD = event(LAB)
_VALUE = event(LAB, value=HOLE)
_REASON = event("candidate.suspended", reason=HOLE)
_CREATININE = event(LAB, analyte="creatinine", value=HOLE)
_BOM = b"\xef\xbb\xbf"
_DEEP = 20_000
_DIGITS = b"1" * 5_000

_WHOLE_LINES: dict[str, bytes] = {
    "a line cut in the middle": _GOOD[: len(_GOOD) // 2],
    "a line without its last brace": _GOOD[:-1],
    "a line with one brace too many": _GOOD + b"}",
    "a trailing comma in the envelope": _GOOD[:-1] + b",}",
    "a trailing comma in the data": _GOOD[:-2] + b",}}",
    "a comma after the object": _GOOD + b",",
    "two objects on a line": _GOOD + b" " + event(LAB, {"id": "e2"}),
    "two objects on a line without a space": _GOOD + event(LAB, {"id": "e2"}),
    "words after the object": _GOOD + b" and so on",
    "a line comment after the object": _GOOD + b" // checked",
    "a block comment inside the object": b"{/* checked */" + _GOOD[1:],
    "a hash comment": b"# " + _GOOD,
    "single quotes": _GOOD.replace(b'"', b"'"),
    "a key without quotes": _GOOD.replace(b'"specversion"', b"specversion"),
    "a missing colon": _GOOD.replace(b'"specversion":', b'"specversion"'),
    "a missing comma": _GOOD.replace(b'"1.0",', b'"1.0"'),
    "a bare word": b"hello",
    "a Python dictionary with None": _GOOD.replace(b'"1.0"', b"None"),
    "the word undefined": b"undefined",
    "a JSON number": b"42",
    "a JSON string": b'"snagc.lab-result.recorded.v1"',
    "a JSON null": b"null",
    "a JSON true": b"true",
    "a line of CSV": b"candidate,analyte,value\tC1;creatinine;80",
    "a line of XML": b"<event><id>e1</id></event>",
    "a duplicate key in the envelope": _GOOD[:-1] + b',"subject":"candidate/C2"}',
    "a duplicate key with the same value": _GOOD[:-1] + b',"specversion":"1.0"}',
    "a duplicate key spelt with an escape": _GOOD[:-1] + b',"\\u0073ubject":"candidate/C2"}',
    "a duplicate key in the data": _GOOD[:-2] + b',"value":"99"}}',
    "a byte order mark between two tokens": _GOOD.replace(b": ", b": " + _BOM, 1),
    "a byte order mark after the object": _GOOD + _BOM,
    "a NUL after the object": _GOOD + b"\x00",
    "a NUL before the object": b"\x00" + _GOOD,
    "a no-break space between two tokens": _GOOD.replace(b": ", b":\xc2\xa0", 1),
    "a line of NUL bytes": b"\x00" * 64,
    "a line in UTF-16": _GOOD.decode().encode("utf-16"),
    "a line compressed with gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00",
    "20,000 nested arrays": b"[" * _DEEP + b"]" * _DEEP,
    "20,000 arrays never closed": b"[" * _DEEP,
    "20,000 nested objects": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "20,000 objects never closed": b'{"a":' * _DEEP,
}

_SPLICED_VALUES: dict[str, bytes] = {
    "a NaN": b"NaN",
    "an Infinity": b"Infinity",
    "a -Infinity": b"-Infinity",
    "a hexadecimal number": b"0x10",
    "a number with a leading zero": b"017",
    "a number with a plus sign": b"+17.1",
    "a number without its whole part": b".5",
    "a number without its fraction": b"5.",
    "a number without its exponent": b"5e",
    "a number with an underscore": b"1_000",
    "a number with a decimal comma": b"17,1",
    "a number with a unit": b"17.1 umol/L",
    "a Python True": b"True",
    "a value in single quotes": b"'17.1'",
    "nothing at all": b"",
    "a nested duplicate key": b'{"a":1,"a":2}',
    "20,000 nested arrays": b"[" * _DEEP + b"]" * _DEEP,
}

_SPLICED_TEXTS: dict[str, bytes] = {
    "a Latin-1 byte": b'"fi\xe8vre"',
    "a lone continuation byte": b'"\x80"',
    "a cut multi-byte character": b'"\xe2\x82"',
    "an overlong slash": b'"\xc0\xaf"',
    "a surrogate in UTF-8 bytes": b'"\xed\xa0\x80"',
    "a code point above U+10FFFF": b'"\xf4\x90\x80\x80"',
    "a raw NUL": b'"a\x00b"',
    "a raw tab": b'"a\tb"',
    "a raw carriage return": b'"a\rb"',
    "a raw escape character": b'"a\x1b[31mb"',
    "an unknown escape": b'"a\\x41b"',
    "a cut escape": b'"a\\u00"',
    "a string never closed": b'"a',
    "20,000 nested arrays": b"[" * _DEEP + b"]" * _DEEP,
}

_LONE_SURROGATES: dict[str, bytes] = {
    "a lone high surrogate": b'"\\ud800"',
    "a lone low surrogate": b'"\\udc00"',
    "two surrogates the wrong way round": b'"\\udc00\\ud83d"',
}

# Well-formed numbers no machine should expand; each is out of range or not a whole number.
_BOMBS: dict[str, bytes] = {
    "the number 1e999999999": b"1e999999999",
    "the number -1e999999999": b"-1e999999999",
    "the number 1e-999999999": b"1e-999999999",
    "the string 1e999999999": b'"1e999999999"',
    "a number whose exponent has 5,000 digits": b"1e" + _DIGITS,
    "an integer of 5,000 digits": _DIGITS,
    "a negative integer of 5,000 digits": b"-" + _DIGITS,
    "a string of 5,000 digits": b'"' + _DIGITS + b'"',
}

_BOMBED: dict[str, bytes] = {
    "a creatinine": _CREATININE,
    "a count of offers": event(COUNTER, count=HOLE),
    "a delay in months": event(GRANTED, delay_months=HOLE),
    "a height": event("candidate.updated", height_cm=HOLE),
    "travel minutes": event(TRAVEL, rows=[[SITE, SITE, HOLE]]),
}

_SOUND_TEXTS: dict[str, bytes] = {
    "a pair of escaped surrogates that make a character": b'"\\ud83d\\ude00"',
    "a raw line separator U+2028": b'"a\xe2\x80\xa8b"',
    "a raw character of four bytes": b'"\xf0\x9f\x98\x80"',
    "an escaped solidus": b'"a\\/b"',
}


def _huge() -> tuple[Case, ...]:
    million = b"x" * 1_000_000
    return (
        refused("a reason of a million characters is refused", spliced(_REASON, b'"' + million + b'"'), None),
        refused("a million characters that are not JSON are refused", million, "$"),
        refused("an attribute name of a million characters is refused", b'{"' + million + b'": 1}', None),
        refused(
            "a list of 100,000 diseases is refused",
            event("candidate.updated", diseases=["151"] * 100_000),
            "data.diseases",
        ),
    )


def _neighbours() -> tuple[Case, ...]:
    """One bad line never stops the others."""
    bad = b'{"specversion": '
    return (
        Case(
            "a broken line leaves its neighbours alone",
            (_GOOD, bad, event(LAB, {"id": "e2"})),
            ("accepted", "refused", "accepted"),
            None,
        ),
        Case(
            "a bomb of nesting leaves its neighbours alone",
            (b"[" * _DEEP, _GOOD),
            ("refused", "accepted"),
            None,
        ),
        Case("invalid UTF-8 leaves its neighbours alone", (b"\xff\xfe", _GOOD), ("refused", "accepted"), None),
        refused(
            "an array on a later line of NDJSON is refused",
            b"[" + event(LAB, {"id": "e2"}) + b"]",
            "$",
            after=(_GOOD,),
        ),
    )


def _whitespace() -> tuple[Case, ...]:
    return (
        accepted("spaces and tabs around an object are allowed", b" \t" + _GOOD + b" \t"),
        accepted("an object without spaces is accepted", _GOOD.replace(b": ", b":").replace(b", ", b",")),
    )


JSON_CASES: tuple[Case, ...] = (
    *(refused(f"{what} is refused", line, "$") for what, line in _WHOLE_LINES.items()),
    *(refused(f"{what} as a value is refused", spliced(_VALUE, raw), "$") for what, raw in _SPLICED_VALUES.items()),
    refused("a NaN creatinine is refused", spliced(_CREATININE, b"NaN"), "$"),
    *(refused(f"{what} in free text is refused", spliced(_REASON, raw), "$") for what, raw in _SPLICED_TEXTS.items()),
    *(
        refused(f"{what} in free text is refused", spliced(_REASON, raw), None)
        for what, raw in _LONE_SURROGATES.items()
    ),
    *(
        refused(f"{bomb} as {field} is refused", spliced(line, raw), None)
        for field, line in _BOMBED.items()
        for bomb, raw in _BOMBS.items()
    ),
    *(accepted(f"{what} in free text is accepted", spliced(_REASON, raw)) for what, raw in _SOUND_TEXTS.items()),
    *_huge(),
    *_neighbours(),
    *_whitespace(),
)
