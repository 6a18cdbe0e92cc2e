"""Laboratory messages by HTTP: verdicts as of a batch, HL7 acknowledged, and the same facts as by any other way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.intake.feeds.formats import FHIR, HL7V2
from engine.intake.feeds.patients import write_patients
from tests.intake.feeds.support import (
    PATIENTS,
    PID,
    cda,
    cda_observation,
    fhir,
    hl7,
    obr,
    observation,
    obx,
    quantity,
    with_cda,
)
from tests.replay.command import asked, snagc
from tests.replay.service.served import BATCH, EVENT, NDJSON, Served, lines, serving, worked_events

MEDIA = {FHIR: "application/fhir+json", HL7V2: "application/hl7-v2"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that knows two patients."""
    folder = tmp_path_factory.mktemp("feeds")
    write_patients(folder / "patients.csv", PATIENTS)
    with serving(folder / "heart.db", "--open", "--patients", str(folder / "patients.csv")) as served:
        yield served


def post(served: Served, body: bytes, format_: str, accept: str = "*/*") -> tuple[int, str, str]:
    """Status, media type and text of the answer."""
    headers = {"Content-Type": MEDIA[format_], "Accept": accept}
    answer = served.client.post(f"/feeds/{format_}", content=body, headers=headers)
    return answer.status_code, answer.headers["content-type"].partition(";")[0], answer.text


def test_fhir_is_answered_as_a_batch_is(running: Served) -> None:
    status, media, text = post(running, fhir(observation()), FHIR)
    assert (status, media) == (200, "application/json")
    assert [each["status"] for each in json.loads(text)["verdicts"]] == ["accepted"]
    _, _, text = post(running, fhir(observation()) + b"\n" + fhir(observation(status="final")), FHIR)
    assert [(each["line"], each["status"]) for each in json.loads(text)["verdicts"]] == [
        (1, "duplicate"),
        (2, "duplicate"),
    ]
    _, _, text = post(running, b"\n".join([fhir(observation())] * 102), FHIR)
    assert [each["line"] for each in json.loads(text)["verdicts"]] == list(range(1, 103))
    for body in (b"", b"{", b"[]", b"null", b'{"resourceType": "Patient"}', b"\xff", b"[" * 100_000):
        status, _, text = post(running, body, FHIR)
        assert (status, {each["status"] for each in json.loads(text)["verdicts"]}) == (
            200,
            {"refused"} if body else set(),
        )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (hl7(control="K1"), "AA"), (hl7(obx(code="718-7^Hb^LN"), control="K1"), "AA"),
        (hl7(obx("1,2", sub="9"), control="K1"), "AE"), (hl7(kind="ADT^A01", control="K1"), "AE"),
        (hl7(mode="T", control="K1"), "AE"), (hl7(pid=PID.replace("P1", "P9"), control="K1"), "AE"),
        (b"hello", "AR"), (b"", "AR"), (hl7(control="K1", charset="8859/1") + "é".encode(), "AR"),
    ],
)  # fmt: skip
def test_hl7_is_acknowledged_with_200_whatever_became_of_it(running: Served, body: bytes, code: str) -> None:
    status, media, text = post(running, body, HL7V2)
    segments = [segment.split("|") for segment in text.split("\r") if segment]
    assert (status, media, segments[1][:2]) == (200, "application/hl7-v2", ["MSA", code])
    assert segments[0][0] == "MSH"
    if code != "AR":
        assert (segments[1][2], segments[0][2:6]) == ("K1", ["SNAGC", "ABM", "SIL", "LABO"]), "back to its sender"
    assert (len(segments) > 2) == (code != "AA" and body != b"")
    assert "P9" not in text


def test_hl7_is_answered_with_verdicts_where_json_is_asked_for(running: Served) -> None:
    post(running, hl7(), HL7V2)
    status, media, text = post(running, hl7() + b"\r" + hl7(obx(code="1-1^x^LN")), HL7V2, "application/json")
    assert (status, media) == (200, "application/json")
    assert [each["status"] for each in json.loads(text)["verdicts"]] == ["duplicate", "ignored"]
    answer = running.client.post("/feeds/hl7v2", content=hl7(), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize(("accept", "is_json"), [
    ("application/json", True), ("application/json, text/plain, */*", True), ("APPLICATION/JSON; q=0.5", True),
    ("application/json;q=0.8, application/hl7-v2;q=0.8", True), ("text/html;q=1, application/json;q=0.001", True),
    ("application/hl7-v2, application/json;q=0.1", False), ("application/json;q=0, */*", False),
    ("application/json;q=0", False), ("application/jsonl", False), ("x/application/json", False), ("*/*", False),
    ("application/json;q=nan", False), ("", False), (",;=q", False),
])  # fmt: skip
def test_hl7_is_acknowledged_unless_json_is_liked_as_much(running: Served, accept: str, is_json: bool) -> None:
    status, media, _ = post(running, hl7(), HL7V2, accept)
    assert (status, media) == (200, "application/json" if is_json else "application/hl7-v2")


VALUES = [
    ("14631-6", "total_bilirubin", "41.50", "umol/L"), ("14682-9", "creatinine", "140", "umol/L"),
    ("33762-6", "nt_probnp", "5120", "ng/L"),
]  # fmt: skip
DRAWN, STAMP = "2024-06-28T08:00:00+02:00", "20240628080000+0200"


def said() -> dict[str, bytes]:
    """The same results in every format."""
    events = [{
        "specversion": "1.0", "source": "lab", "id": analyte, "type": "snagc.lab-result.recorded.v1",
        "subject": "candidate/A1", "time": DRAWN, "data": {"analyte": analyte, "value": value, "unit": unit},
    } for _, analyte, value, unit in VALUES]  # fmt: skip
    segments = [obx(value, unit=unit, code=f"{code}^X^LN") for code, _, value, unit in VALUES]
    time = f'<effectiveTime value="{STAMP}"/>'
    observations = [
        cda_observation(f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>', code=code, time=time)
        for code, _, value, unit in VALUES
    ]
    resources = [observation(
        identifier=[{"system": "urn:lab", "value": code}], code={"coding": [{"code": code}]}, effectiveDateTime=DRAWN,
        valueQuantity=quantity(value, unit),
    ) for code, _, value, unit in VALUES]  # fmt: skip
    return {
        "cloudevents": lines(events), "fhir": b"\n".join(map(fhir, resources)),
        "hl7v2": hl7(*segments, order=obr(drawn=STAMP)), "cda": with_cda(cda(*observations, before="")),
    }  # fmt: skip


def test_the_same_facts_by_file_fhir_hl7_and_cda_give_the_same_scores(tmp_path: Path) -> None:
    patients, before = tmp_path / "patients.csv", tmp_path / "worked.ndjson"
    write_patients(patients, PATIENTS.without("C1").with_one("urn:oid:1.2.250.1.99.1", "P1", "A1"))
    before.write_bytes(lines([each for each in worked_events() if "offer" not in each["type"]]))
    at = ("list", "--at", "2024-07-01", "--known-at", "now", "--json", "--log")
    found = []
    for name, body in said().items():
        log, file = str(tmp_path / f"{name}.db"), tmp_path / name
        file.write_bytes(body)
        assert snagc("ingest", str(before), "--log", log).exit_code == 0
        first = asked(*at, log)["candidates"]
        words = ("--format", "hl7v2" if name == "cda" else name, "--patients", str(patients))
        assert snagc("ingest", str(file), *words, "--log", log).exit_code == 0
        found.append(asked(*at, log)["candidates"])
        assert found[-1] != first, "the values count"
    assert found[1:] == found[:1] * 3


@pytest.mark.long_only
def test_the_same_facts_by_http_one_by_one_in_a_batch_and_by_feeds_give_the_same_scores(tmp_path: Path) -> None:
    patients, bodies = tmp_path / "patients.csv", said()
    write_patients(patients, PATIENTS.without("C1").with_one("urn:oid:1.2.250.1.99.1", "P1", "A1"))
    before = lines([each for each in worked_events() if "offer" not in each["type"]])
    (tmp_path / "worked.ndjson").write_bytes(before)
    single = bodies["cloudevents"].splitlines()
    ways = [
        [("/events", EVENT, event) for event in single],
        [("/events", BATCH, b"[" + b",".join(single) + b"]")],
        [("/events", NDJSON, bodies["cloudevents"])],
        [("/feeds/fhir", MEDIA[FHIR], bodies["fhir"])],
        [("/feeds/hl7v2", MEDIA[HL7V2], bodies["hl7v2"])],
        [("/feeds/hl7v2", MEDIA[HL7V2], bodies["cda"])],
    ]
    found = []
    for number, way in enumerate(ways):
        log = tmp_path / f"heart{number}.db"
        assert snagc("ingest", tmp_path / "worked.ndjson", "--log", log).exit_code == 0
        with serving(log, "--open", "--patients", str(patients)) as served:
            at = {"at": "2024-07-01", "known_at": "now"}
            first = served.get("/list", **at).json()["candidates"]
            for path, media, body in way:
                answer = served.client.post(path, content=body, headers={"Content-Type": media})
                assert answer.status_code in (200, 201), answer.text
            found.append(served.get("/list", **at).json()["candidates"])
            assert found[-1] != first, "the values count"
    assert found[1:] == found[:1] * (len(ways) - 1)
