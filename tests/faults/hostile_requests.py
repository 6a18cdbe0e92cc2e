"""The corpus of hostile requests to an open service: each with the answer it must get.

Those that need tokens lie in ``hostile_tokens``, those whose bytes are the trouble in ``hostile_http``.
"""

import base64
import gzip
import json

from tests.faults.hostile_wire import Hostile, get, post
from tests.replay.service.served import BATCH, EVENT, NDJSON

ITEMS = "application/json"
SOUND = {
    "specversion": "1.0", "source": "/hostile", "id": "h1", "type": "snagc.lab-result.recorded.v1",
    "subject": "candidate/A7", "time": "2024-06-30T08:00:00+02:00",
    "data": {"analyte": "bnp", "value": "100", "unit": "ng/L"},
}  # fmt: skip
TEXT = json.dumps(SOUND)
DATA = json.dumps(SOUND["data"])
FHIR, HL7 = "application/fhir+json", "application/hl7-v2"
BOMB = base64.b64encode(
    b'<!DOCTYPE a [<!ENTITY b "cccccccccc"><!ENTITY d "&b;&b;&b;&b;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<ClinicalDocument xmlns="urn:hl7-org:v3">&d;&e;</ClinicalDocument>'
).decode()
A1 = "/candidates/A1"
RUN = "/offers/O1/match-run"


def event(**changed: object) -> str:
    """The sound event with something else in it."""
    return json.dumps({**SOUND, **changed})


def with_data(text: str) -> str:
    """The sound event with other data, as written."""
    return TEXT.replace(DATA, text)


# ---------------------------------------------------------------------------------------------------------- paths

_PATHS: dict[str, tuple[int, str]] = {
    "": (404, "no path"), "/": (404, "no path"), "//list": (404, "no path"), "/list/": (404, "no path"),
    "/list//": (404, "no path"), "/./list": (404, "no path"), "/../v1/list": (404, "no path"),
    "/offers/../list": (404, "no path"), "/%2e%2e/v1/list": (404, "no path"), "/..%2fv1/list": (404, ""),
    "/..;/list": (404, "no path"), "/list;v=1": (404, "no path"), "/LIST": (404, "no path"),
    "/list%00": (404, "no path"), "/list%20": (404, "no path"), "/list.json": (404, "no path"),
    "/list%2f": (404, ""), "/%2flist": (404, ""), "/list%5c": (404, "no path"), "/list\\": (404, "no path"),
    "/%6cist%3fat=now": (404, "no path"), "/docs": (404, "no path"), "/redoc": (404, "no path"),
    "/openapi.yaml": (404, "no path"), "/.git/config": (404, "no path"), "/admin": (404, "no path"),
    "/../../../../etc/passwd": (404, "no path"), "/%2e%2e%2f%2e%2e%2fetc%2fpasswd": (404, ""),
    "/%252e%252e/list": (404, "no path"), "/%c0%ae%c0%ae/list": (404, "no path"), "/%e0%80%af/list": (404, "no path"),
    "/%ff%fe": (404, "no path"), "/l\u00efst".encode().decode("latin-1"): (400, "RFC 9112"),
    "/%ef%bc%8flist": (404, "no path"), "/li%CC%81st": (404, "no path"), "/%E2%80%AElist": (404, "no path"),
    "/list%0d%0aX-Evil:%201": (404, "no path"), "/%": (404, "no path"), "/%zz": (404, "no path"),
    "/%1": (404, "no path"),
    "/" + "a" * 5000: (404, "no path"), "/" + "a/" * 3000: (404, "no path"),
    "/candidates": (404, "no path"), "/candidates/": (404, "no path"), "/candidates/..": (404, "candidate"),
    "/candidates/%2e%2e": (404, "candidate"), "/candidates/..%2fA1": (404, ""), "/candidates/A1%2fcourse": (404, ""),
    "/candidates/A1%2Fcourse": (404, ""), "/candidates/A1%00": (404, "candidate"), "/candidates/a1": (404, "candidate"),
    "/candidates/A1%20": (404, "candidate"), "/candidates/A1%0a": (404, "candidate"),
    "/candidates/*": (404, "candidate"),
    "/candidates/%25": (404, "candidate"), "/candidates/%27%20OR%201=1--": (404, "candidate"),
    "/candidates/candidate%2fA1": (404, ""), "/candidates/%D0%90%31": (404, "candidate"),
    "/candidates/A1;x=1": (404, "candidate"), "/candidates/" + "A" * 65: (404, "candidate"),
    "/candidates/" + "A" * 5000: (404, "candidate"), "/candidates/{candidate}": (404, "candidate"),
    "/candidates/%7B%7B7*7%7D%7D": (404, "candidate"), "/candidates/A1/course/": (404, "no path"),
    "/candidates/A1/notes": (404, "no path"), "/candidates/Z9/course": (404, "candidate"),
    "/offers/O9/match-run": (404, "offer"), "/offers/o1/match-run": (404, "offer"),
    "/offers/%00/match-run": (404, "offer"),
    "/offers/offer%2fO1/match-run": (404, ""), "/offers/O1/match-run/": (404, "no path"),
    "/offers/O1/candidates/Z9/explanation": (404, "Z9"), "/offers/O9/candidates/A1/explanation": (404, "O9"),
    "/offers/O1/candidates//explanation": (404, "no path"), "/offers/O9/dossier": (404, "O9"),
    "/offers/O1/dossier?candidate=Z9": (404, "Z9"), "/worklists/nothing?centre=990000020": (404, "nothing"),
    "/worklists/score": (400, "centre"), "/worklists/score?centre=": (400, "centre"),
    "/worklists/score?centre=000000000": (404, "centre"), "/worklists/..?centre=990000020": (404, ""),
    "/events/0": (404, "position"), "/events/-1": (404, "position"), "/events/+1": (404, "position"),
    "/events/1.0": (404, "position"), "/events/1e3": (404, "position"), "/events/%D9%A3": (404, "position"),
    "/events/99999": (404, "position"), "/events/" + "9" * 19: (404, "position"),
    "/events/" + "9" * 4000: (404, "position"),
    "/events/0x1": (404, "position"), "/events/1%201": (404, "position"), "/events/NaN": (404, "position"),
    "/proofs": (404, "no path"), "/proofs/inclusion": (404, "no path"), "/proofs/inclusion/0": (404, ""),
    "/proofs/inclusion/-1": (404, ""), "/proofs/inclusion/99999": (404, ""), "/proofs/inclusion/" + "9" * 30: (404, ""),
}  # fmt: skip
PATHS = [Hostile(f"path {path[:60]!r}", get(path), *answer) for path, answer in _PATHS.items()]

# -------------------------------------------------------------------------------------------------------- queries

_QUERIES: dict[str, tuple[int, str]] = {
    "/list?x=1": (400, "no parameter"), "/list?AT=now": (400, "no parameter"), "/list?at=now&at=now": (400, "twice"),
    "/list?known_at=1&known_at=2": (400, "twice"), "/list?at%00=now": (400, "no parameter"),
    "/list?=": (400, "no parameter"),
    "/list?at": (400, "at"), "/list?at=": (400, "at"), "/list?at=0": (400, ""), "/list?at=1": (400, ""),
    "/list?at=2024-07-01T06:00:00+02:00": (400, "%2B"), "/list?at=2024-07-01+06:00": (400, "%2B"),
    "/list?at=2023-02-29": (400, "at"), "/list?at=2024-02-30": (400, "at"), "/list?at=2024-13-01": (400, "at"),
    "/list?at=2024-07-01T24:00:00": (400, "at"), "/list?at=2024-07-01T25:00:00Z": (400, "at"),
    "/list?at=2016-12-31T23:59:60Z": (400, "at"), "/list?at=2024-03-31T02:30": (400, "at"),
    "/list?at=2024-10-27T02:30": (400, "at"), "/list?at=24-07-01": (400, "at"), "/list?at=2024-7-1": (400, "at"),
    "/list?at=0000-01-01": (400, "at"), "/list?at=0001-01-01": (400, ""), "/list?at=10000-01-01": (400, "at"),
    "/list?at=2010-01-01": (400, ""), "/list?at=2024-07-01T06:00:00.1234567890Z": (400, "at"),
    "/list?at=%D9%A2024-07-01": (400, "at"), "/list?at=now%00": (400, "at"), "/list?at=yesterday": (400, "at"),
    "/list?at=%ff": (400, "UTF-8"), "/list?%ff=1": (400, "UTF-8"), "/list?at=%c0%ae": (400, "UTF-8"),
    "/list?at=2024-07-01T06:00:00%2B24:00": (400, "at"), "/list?at=2024-07-01T06:00:00%2B99:99": (400, "at"),
    "/list?at=" + "9" * 5000: (400, "at"), "/list?at=" + "9" * 9000: (400, "query"),
    "/list?" + "at=now&" * 1100: (400, "twice"),
    "/list?" + "a&" * 4000: (400, "no parameter"), "/list?known_at=": (400, "value"),
    "/list?known_at=-1": (400, "known-at"),
    "/list?known_at=99999": (400, "known-at"), "/list?known_at=1e1": (400, "known-at"),
    "/list?known_at=" + "9" * 400: (400, ""),
    "/list?known_at=0x10": (400, "known-at"), "/list?known_at=%D9%A3": (400, "known-at"),
    "/list?ruleset=": (400, "value"), "/list?ruleset=1999-01-01": (400, "rule set"),
    "/list?ruleset=../../etc/passwd": (400, "rule set"), "/list?ruleset=%00": (400, "rule set"),
    "/list?readings=": (400, "reading"),
    "/list?readings=months": (400, ""), "/list?readings=months=": (400, "months"),
    "/list?readings=months=never": (400, "months"),
    "/list?readings=wishes=all": (400, "wishes"),
    "/list?readings=months=mean&readings=months=calendar": (400, "months"),
    "/list?readings[]=months=mean": (400, "no parameter"), "/list?reading=months=mean": (400, "no parameter"),
    f"{RUN}?known_at=1": (400, ""), f"{RUN}?at=now": (400, "no parameter"), f"{RUN}?format=xml": (400, "no parameter"),
    f"{A1}?known_at=1": (404, ""), f"{A1}/course?from=2024-08-01&to=2024-07-01": (400, ""),
    f"{A1}/course?from=x": (400, "from"), f"{A1}/course?at=now": (400, "no parameter"),
    "/offers?from=2024-08-01&to=2024-07-01": (400, ""), "/offers?limit=5": (400, "no parameter"),
    "/offers?from=2024-07-01T06:00:00 02:00": (400, ""), "/audit?from=2024-08-01&to=2024-07-01": (400, ""),
    "/audit?deep=1": (400, "no parameter"), "/acts?to=never": (400, "to"), "/quality?centre=": (400, "centre"),
    "/quality?centre=nowhere": (404, "centre"), "/sensitivity?offer=O9": (404, "O9"),
    "/sensitivity?offer=O1&from=2024-01-01": (400, ""), "/access?from=x": (400, "from"),
    "/access?candidate=A1&candidate=A2": (400, "twice"), "/offers/O1/dossier?format=exe": (400, "format"),
    "/offers/O1/dossier?lang=de": (400, "lang"), "/offers/O1/dossier?lang=..%2F..%2Fetc": (400, "lang"),
    "/offers/O1/dossier?format=PDF": (400, "format"), "/offers/O1/dossier?candidate=": (400, "value"),
    "/sensitivity?offer=": (400, "value"), "/access?candidate=": (400, "value"),
    "/events?after=-1": (400, "after"), "/events?after=1.5": (400, "after"), "/events?after=": (400, "after"),
    "/events?after=99999": (409, "after"), "/events?after=99999&wait=60": (409, "after"),
    "/events?after=" + "9" * 18: (409, ""),
    "/events?after=" + "9" * 19: (400, "after"), "/events?after=" + "9" * 5000: (400, "after"),
    "/events?after=x": (400, "after"),
    "/events?after=0x1": (400, "after"), "/events?after=%2B1": (400, "after"), "/events?after=+1": (400, "%2B"),
    "/events?after=NaN": (400, "after"), "/events?limit=0": (400, "limit"), "/events?limit=-1": (400, "limit"),
    "/events?limit=1001": (400, "limit"), "/events?limit=1e9": (400, "limit"),
    "/events?limit=" + "9" * 300: (400, "limit"),
    "/events?wait=61": (400, "wait"), "/events?wait=-1": (400, "wait"), "/events?wait=1.5": (400, "wait"),
    "/events?wait=forever": (400, "wait"), "/events?limit=1&limit=1": (400, "twice"),
    "/events?since=1": (400, "no parameter"),
    "/events/1?x=1": (400, "no parameter"), "/proofs/consistency": (400, "from"),
    "/proofs/consistency?from=1": (400, "to"),
    "/proofs/consistency?from=0&to=1": (400, "from"), "/proofs/consistency?from=9&to=3": (400, ""),
    "/proofs/consistency?from=1&to=99999": (400, ""), "/proofs/consistency?from=1&to=" + "9" * 18: (400, ""),
    "/proofs/consistency?from=1&to=" + "9" * 40: (400, "to"), "/health?x=1": (400, "no parameter"),
    "/metrics?format=json": (400, "no parameter"), "/ready?deep": (400, "no parameter"),
    "/checkpoint?n=1": (400, "no parameter"),
    "/quarantine?after=1": (400, "no parameter"), "/openapi.json?v=2": (400, "no parameter"),
}  # fmt: skip
QUERIES = [Hostile(f"query {path[:60]!r}", get(path.replace(" ", "%20")), *answer) for path, answer in _QUERIES.items()]

# ------------------------------------------------------------------------------------------------- kinds of bodies

_KINDS: dict[str | None, int] = {
    None: 415, "": 415, "text/plain": 415, "application/json": 415, "application/xml": 415, "text/json": 415,
    "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415, "application/octet-stream": 415,
    "application/cloudevents": 415, "application/cloudevents+xml": 415, "application/cloudevents+json+json": 415,
    "application /cloudevents+json": 415, "application/cloudevents+json, text/plain": 415,
    f"{EVENT}; charset=latin-1": 415, f"{EVENT}; charset=utf-16": 415, f'{EVENT}; charset="utf-7"': 415,
    f"{EVENT}; charset=utf-8; charset=latin-1": 415, f"{EVENT};charset": 415, f"{EVENT}; charset=utf-8\u00e9": 415,
    f"{EVENT}/x": 415, "*/*": 415, "application/*": 415, "x" * 5000: 415, f"{EVENT}{';a=b' * 200}": 415,
    "application/fhir+json": 415, "application/hl7-v2": 415, "application/vnd.api+json": 415,
}  # fmt: skip
KINDS = [Hostile(f"type {str(kind)[:60]!r}", post("/events", kind, TEXT), to) for kind, to in _KINDS.items()]
KINDS += [
    Hostile(f"offer as {kind}", post("/offers", kind, "{}"), 415, "content-type") for kind in (EVENT, NDJSON,
        "text/plain")
]  # fmt: skip
KINDS += [
    Hostile(f"packed as {how}", post("/events", EVENT, gzip.compress(TEXT.encode()), f"Content-Encoding: {how}"), 415,
        "packed")
    for how in ("gzip", "GZIP", "deflate", "br", "zstd", "gzip, identity", "identity, gzip", "x-gzip", "aes128gcm", "")
]  # fmt: skip
KINDS += [
    Hostile("packed and not said", post("/events", EVENT, gzip.compress(TEXT.encode())), 422, "UTF-8"),
    Hostile("two types", post("/events", EVENT, TEXT, "Content-Type: text/plain"), 415),
    Hostile("two packings", post("/events", EVENT, TEXT, "Content-Encoding: identity", "Content-Encoding: gzip"), 415),
    Hostile("type by query", post("/events?type=json", EVENT, TEXT), 400, "no parameter"),
]

# ---------------------------------------------------------------------------------------------------- what is sent

_EVENTS: dict[str, str | bytes] = {
    "empty": b"", "blank": b" \r\n\t ", "no JSON": "hello", "cut": TEXT[:-1], "cut in a text": TEXT[:40],
    "twice": TEXT * 2,
    "two lines": f"{TEXT}\n{TEXT}", "an array": f"[{TEXT}]", "null": "null", "true": "true", "a number": "7",
    "a text": '"x"',
    "no attributes": "{}", "NaN": with_data(DATA.replace('"100"', "NaN")),
    "Infinity": with_data(DATA.replace('"100"', "Infinity")),
    "-Infinity": with_data(DATA.replace('"100"', "-Infinity")),
    "NaN as text": with_data(DATA.replace('"100"', '"NaN"')), "1e999": with_data(DATA.replace('"100"', "1e999")),
    "a million digits": with_data(DATA.replace('"100"', "1" * 1_000_000)),
    "0x10": with_data(DATA.replace('"100"', "0x10")), "+1": with_data(DATA.replace('"100"', "+1")),
    "01": with_data(DATA.replace('"100"', "01")), ".5": with_data(DATA.replace('"100"', ".5")),
    "negative": with_data(DATA.replace('"100"', "-5")),
    "arabic digits": with_data(DATA.replace('"100"', '"\u0661\u0660"')),
    "true as a number": with_data(DATA.replace('"100"', "true")),
    "null as a number": with_data(DATA.replace('"100"', "null")),
    "an array as a number": with_data(DATA.replace('"100"', "[100]")),
    "a key twice": TEXT.replace('"id": "h1"', '"id": "h1", "id": "h2"'),
    "a key twice, escaped": TEXT.replace('"id": "h1"', '"id": "h1", "\\u0069d": "h2"'),
    "a key twice in the data": with_data(DATA.replace('"unit"', '"value": "2", "unit"')),
    "deep arrays": "[" * 100_000, "deep arrays that end": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "deep data": with_data('{"a":' * 5000 + "1" + "}" * 5000), "seventeen levels": with_data("[" * 17 + "]" * 17),
    "UTF-16": TEXT.encode("utf-16"), "UTF-32": TEXT.encode("utf-32"),
    "latin-1": event(id="\u00e9").replace("\\u00e9", "\u00e9").encode("latin-1"),
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbf" + TEXT.encode(), "a lone surrogate": TEXT.replace('"h1"', '"\\ud800"'),
    "a surrogate in UTF-8": TEXT.encode().replace(b"h1", b"\xed\xa0\x80"),
    "overlong": TEXT.encode().replace(b"h1", b"\xc0\xaf"),
    "NUL": TEXT.replace('"h1"', '"h\\u00001"'), "a raw NUL": TEXT.replace("h1", "h\x001"),
    "a comment": "/* x */" + TEXT,
    "single quotes": TEXT.replace('"', "'"), "a comma too many": TEXT[:-1] + ",}", "JSONP": f"f({TEXT})",
    "XML": "<event/>",
    "an entity bomb": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a form": "id=1&type=2", "zeros": bytes(5000),
    "specversion 0.3": event(specversion="0.3"), "specversion 1": event(specversion=1), "no source": event(source=None),
    "an empty source": event(source=""), "an empty id": event(id=""), "an id of a megabyte": event(id="x" * 1_000_000),
    "a type nobody knows": event(type="snagc.nothing.v1"), "version 2": event(type="snagc.lab-result.recorded.v2"),
    "a type of no text": event(type=["a"]), "a strange attribute": event(patient="Durand"),
    "__proto__": event(__proto__={}),
    "a path as subject": event(subject="candidate/../../etc"), "a subject of two": event(subject="candidate/A7/x"),
    "another kind of subject": event(subject="donor/D1"), "an empty subject": event(subject="candidate/"),
    "a subject with a line": event(subject="candidate/A7\n"), "time 0": event(time="0"),
    "time as a number": event(time=0),
    "a naive time": event(time="2024-06-30T08:00:00"), "a leap second": event(time="2016-12-31T23:59:60Z"),
    "29 February 2023": event(time="2023-02-29T08:00:00Z"), "year 10000": event(time="10000-01-01T00:00:00Z"),
    "year 0": event(time="0000-01-01T00:00:00Z"),
    "ten digits of a second": event(time="2024-06-30T08:00:00.1234567891Z"),
    "hour 24": event(time="2024-06-30T24:00:00Z"), "offset 24": event(time="2024-06-30T08:00:00+24:00"),
    "recordedtime given": event(recordedtime="2024-06-30T08:00:00Z"), "data no object": event(data=[]),
    "data base64": event(data_base64="AAAA"), "no data": event(data=None),
    "a field nobody knows": with_data(DATA[:-1] + ', "name": "x"}'),
    "a datacontenttype": event(datacontenttype="text/xml"),
    "a charset inside": event(datacontenttype="application/json; charset=latin-1"),
    "an actor with a space": event(actor="team:Jeanne Durand"),
    "bilirubin of 9999": with_data('{"analyte":"total_bilirubin","value":9999,"unit":"umol/L"}'),
    "micro sign": with_data('{"analyte":"creatinine","value":"90","unit":"\u00b5mol/L"}'),
    "a correction of nothing": event(type="snagc.event.corrected.v1",
        data={"event": {"source": "/x", "id": "y"}, "reason": "r"}),
    "a retraction of itself": event(type="snagc.event.retracted.v1",
        data={"event": {"source": "/hostile", "id": "h1"}, "reason": "r"}),
    "an offer of an unknown donor": event(type="snagc.graft.offered.v1", subject="offer/O77", data={"donor": "D77"}),
    "an offer id again": event(type="snagc.graft.offered.v1", subject="offer/O1", data={"donor": "D1"}),
    "an offer of tomorrow's tomorrow": event(type="snagc.graft.offered.v1", subject="offer/O78",
        time="2999-01-01T00:00:00Z", data={"donor": "D1"}),
}  # fmt: skip
EVENTS = [Hostile(f"event: {name}", post("/events", EVENT, body), 422) for name, body in _EVENTS.items()]

_BATCHES: dict[str, tuple[str, str | bytes, int, str]] = {
    "an object": (BATCH, TEXT, 400, "array"), "nothing": (BATCH, "", 400, "array"),
    "a text": (BATCH, '"[]"', 400, "array"),
    "null": (BATCH, "null", 400, "array"), "lines": (BATCH, f"{TEXT}\n{TEXT}\n", 400, "array"),
    "empty": (BATCH, "[]", 200, '{"verdicts":[]}'), "cut": (BATCH, f"[{TEXT[:50]}", 200, "refused"),
    "numbers": (BATCH, "[1,null,true]", 200, "refused"), "arrays": (BATCH, "[[],[[]]]", 200, "refused"),
    "a comma too many": (BATCH, '[{"id":"x"},]', 200, "refused"),
    "two arrays": (BATCH, '[{"id":"a"}][{"id":"b"}]', 200, "refused"),
    "deep": (BATCH, "[" * 50_000, 200, "refused"), "deep and whole": (BATCH, "[" * 3000 + "]" * 3000, 200, "refused"),
    "NaN": (BATCH, "[NaN]", 200, "refused"), "UTF-16": (BATCH, "[]".encode("utf-16"), 400, "array"),
    "NDJSON empty": (NDJSON, "", 200, '{"verdicts":[]}'),
    "NDJSON blank lines": (NDJSON, "\n\n \n", 200, '{"verdicts":[]}'),
    "NDJSON zeros": (NDJSON, bytes(300), 200, "refused"),
    "NDJSON garbage": (NDJSON, b"\xff\xfe\n{\n[\n", 200, "refused"),
    "NDJSON an array of none": (NDJSON, "[]", 200, "refused"),
    "NDJSON no last line": (NDJSON, "{}\n{}", 200, "refused"),
    "NDJSON one long line": (NDJSON, "x" * 3_000_000, 200, "refused"),
    "NDJSON a thousand": (NDJSON, "{\n" * 1000, 200, "refused"),
}  # fmt: skip
BATCHES = [
    Hostile(f"batch: {name}", post("/events", kind, body), status, says)
    for name, (kind, body, status, says) in _BATCHES.items()
]

_OFFERS: dict[str, tuple[str | bytes, int]] = {
    "nothing": ("", 422), "null": ("null", 422), "an array": ("[]", 422), "no fields": ("{}", 422),
    "cut": ('{"offer":', 422),
    "no donor": ('{"offer": "O50"}', 422), "a field twice": ('{"offer": "O50", "offer": "O51", "donor": "D1"}', 422),
    "a field nobody knows": ('{"offer": "O50", "donor": "D1", "candidate": "A1"}', 422),
    "numbers": ('{"offer": 50, "donor": 1}', 422),
    "NaN": ('{"offer": NaN, "donor": "D1"}', 422), "deep": ("[" * 60_000, 422),
    "an empty offer": ('{"offer": "", "donor": "D1"}', 422),
    "a path": ('{"offer": "../O50", "donor": "D1"}', 422), "a subject": ('{"offer": "offer/O50", "donor": "D1"}', 422),
    "a long id": (json.dumps({"offer": "O" * 65, "donor": "D1"}), 422),
    "a megabyte": (json.dumps({"offer": "O" * 1_000_000, "donor": "D1"}), 422),
    "an unknown donor": ('{"offer": "O50", "donor": "D99"}', 422),
    "the id of another": ('{"offer": "O1", "donor": "D99"}', 409),
    "a naive time": ('{"offer": "O50", "donor": "D1", "time": "2024-07-01T06:00:00"}', 422),
    "time 0": ('{"offer": "O50", "donor": "D1", "time": "0"}', 422),
    "a time to come": ('{"offer": "O50", "donor": "D1", "time": "2999-01-01T00:00:00Z"}', 422),
    "before the donor": ('{"offer": "O50", "donor": "D1", "time": "1999-01-01T00:00:00Z"}', 422),
    "UTF-16": ('{"offer": "O50", "donor": "D1"}'.encode("utf-16"), 422),
    "a NUL": ('{"offer": "O\\u0000", "donor": "D1"}', 422),
    "a surrogate": ('{"offer": "\\ud800", "donor": "D1"}', 422), "two": ('{"offer": "O50", "donor": "D1"}{}', 422),
}  # fmt: skip
OFFERS = [Hostile(f"offer: {name}", post("/offers", ITEMS, body), status) for name, (body, status) in _OFFERS.items()]
OFFERS += [
    Hostile(f"resend {number!r}", post(f"/quarantine/{number}/resend", None, ""), 404)
    for number in ("0", "-1", "99999", "x", "1.0", "9" * 19, "9" * 4000, "%00", "*", "%D9%A3")
]

_FEEDS: dict[str, tuple[str, str, str | bytes, int, str]] = {
    "FHIR as text": ("fhir", "text/plain", "{}", 415, ""),
    "FHIR as XML": ("fhir", "application/fhir+xml", "<a/>", 415, ""),
    "HL7 as text": ("hl7v2", "text/plain", "MSH|", 415, ""),
    "HL7 in latin-1": ("hl7v2", f"{HL7}; charset=latin-1", "MSH|", 415, ""),
    "FHIR deep": ("fhir", FHIR, "[" * 50_000, 200, "refused"), "FHIR NaN": ("fhir", FHIR, "NaN", 200, "refused"),
    "FHIR of a kind nobody takes": ("fhir", FHIR, '{"resourceType": "Patient"}', 200, "refused"),
    "FHIR a key twice": ("fhir", FHIR, '{"resourceType": "Bundle", "resourceType": "Observation"}', 200, "refused"),
    "FHIR zeros": ("fhir", FHIR, bytes(500), 200, "refused"), "FHIR a bundle of itself": (
        "fhir", FHIR, '{"resourceType":"Bundle","type":"collection","entry":[' * 500, 200, "refused"),
    "HL7 zeros": ("hl7v2", HL7, bytes(500), 200, "MSA|AR"), "HL7 no message": ("hl7v2", HL7, "PID|1", 200, "MSA|AR"),
    "HL7 one separator": ("hl7v2", HL7, "MSH|||||||||||", 200, "MSA|A"),
    "HL7 of pipes": ("hl7v2", HL7, "MSH" + "|" * 100_000, 200, "MSA|A"),
    "HL7 an XML bomb in base64": ("hl7v2", HL7,
        f"MSH|^~\\&|A|B|C|D|20240701||MDM^T02|1|P|2.5\rOBX|1|ED|1||^^^Base64^{BOMB}|||||F\r", 200, "MSA|A"),
}  # fmt: skip
FEEDS = [
    Hostile(f"feed: {name}", post(f"/feeds/{path}", kind, body), status, says)
    for name, (path, kind, body, status, says) in _FEEDS.items()
]

REQUESTS = [*PATHS, *QUERIES, *KINDS, *EVENTS, *BATCHES, *OFFERS, *FEEDS]
