"""Messages for the tests of feeds, each with one part changed; and a log that takes them."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.intake.feeds.formats import FHIR, HL7V2
from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Identifier, LabResult, Message
from engine.intake.feeds.taking import FeedIntake, parts_of, read
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from tests.intake.support import NOW, documents, opened

PATIENTS = Patients(
    {
        Identifier("urn:oid:1.2.250.1.99.1", "P1"): "C1",
        Identifier("urn:oid:1.2.250.1.99.1", "P2"): "C2",
        Identifier("IPP", "77"): "C1",
        Identifier("https://hospital.example/ids", "P1"): "C1",
    }
)
PID = "PID|1||P1^^^HOP&1.2.250.1.99.1&ISO^PI||X^Y||19700101|F"
OTHER_PID = "PID|1||P2^^^HOP&1.2.250.1.99.1&ISO^PI||X^Y||19700101|F"
BILIRUBIN = "14631-6^Bilirubine totale^LN"


def msh(
    *, kind: str = "ORU^R01^ORU_R01", sent: str = "20250201120000+0100", mode: str = "P", version: str = "2.5",
    charset: str = "", source: str = "LABO", control: str = "M1",
) -> str:  # fmt: skip
    """The head of a message."""
    return f"MSH|^~\\&|SIL|{source}|SNAGC|ABM|{sent}||{kind}|{control}|{mode}|{version}||||||{charset}"


def obx(
    value: str = "17.10", *, unit: str = "umol/L^^UCUM", status: str = "F", code: str = BILIRUBIN, kind: str = "NM",
    sub: str = "", drawn: str = "",
) -> str:  # fmt: skip
    """One observation."""
    return f"OBX|1|{kind}|{code}|{sub}|{value}|{unit}|||||{status}|||{drawn}"


def obr(*, order: str = "ORD1", drawn: str = "20250201080000", changed: str = "", end: str = "") -> str:
    """One order."""
    return f"OBR|1||{order}|PANEL|||{drawn}|{end}||||||||||||||{changed}|||F"


def hl7(*observations: str, pid: str = PID, order: str | None = None, extra: str = "", **head: str) -> bytes:
    """A message with one order."""
    lines = [msh(**head), pid, order if order is not None else obr(), *(observations or (obx(),)), extra]
    return "\r".join(line for line in lines if line).encode()


def observation(**changed: Any) -> dict[str, Any]:
    """A FHIR Observation; None takes a field out."""
    document: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:oid:1.2.250.1.99.9", "value": "R1"}],
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "14631-6"}], "text": "Bilirubine totale"},
        "subject": {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": "P1"}},
        "effectiveDateTime": "2025-02-01T08:00:00+01:00",
        "valueQuantity": quantity("17.10"),
    }
    return {name: value for name, value in {**document, **changed}.items() if value is not None}


class Number(str):
    """A number to be written as it is."""


def quantity(value: str, unit: str = "umol/L", **more: Any) -> dict[str, Any]:
    """A quantity in UCUM."""
    return {"value": Number(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit, **more}


def fhir(document: Mapping[str, Any]) -> bytes:
    """A resource as bytes, numbers as they are written."""
    numbers: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, Number):
            numbers.append(str(value))
            return f"#number{len(numbers) - 1}#"
        if isinstance(value, Mapping):
            return {name: marked(each) for name, each in value.items()}
        return [marked(each) for each in value] if isinstance(value, list) else value

    text = json.dumps(marked(document), ensure_ascii=False)
    for index, number in enumerate(numbers):
        text = text.replace(f'"#number{index}#"', number)
    return text.encode()


def bundle(*resources: Mapping[str, Any]) -> dict[str, Any]:
    """A collection of resources."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def cda_observation(
    value: str = '<value xsi:type="PQ" value="17.10" unit="umol/L"/>', *, code: str = "14631-6",
    status: str = '<statusCode code="completed"/>', time: str = '<effectiveTime value="20250201090000+0100"/>',
    more: str = "",
) -> str:  # fmt: skip
    """An observation of a report."""
    return (
        f'<observation classCode="OBS" moodCode="EVN"><code code="{code}" codeSystem="2.16.840.1.113883.6.1" '
        f'displayName="Bilirubine"/>{status}{time}{value}{more}</observation>'
    )


PROCEDURE = (
    '<component><procedure classCode="PROC" moodCode="EVN"><code code="33882-2"/>'
    '<effectiveTime value="20250201080000+0100"/></procedure></component>'
)


def cda(
    *observations: str, version: str = "1", patient: str = "P1", header: str = "", before: str = PROCEDURE,
    set_id: str = '<setId root="1.2.250.1.99.7" extension="DOC1"/>', body: str | None = None, born: str = "19700101",
) -> bytes:  # fmt: skip
    """A laboratory report."""
    components = "".join(f"<component>{each}</component>" for each in (observations or (cda_observation(),)))
    structured = (
        f'<structuredBody><component><section><entry><act classCode="ACT" moodCode="EVN"><entryRelationship '
        f'typeCode="COMP"><organizer classCode="BATTERY" moodCode="EVN"><statusCode code="completed"/>{before}'
        f"{components}</organizer></entryRelationship></act></entry></section></component></structuredBody>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id root="1.2.3" extension="X"/>'
        '<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20250201200000+0100"/>'
        f'{set_id}<versionNumber value="{version}"/><recordTarget><patientRole><id extension="{patient}" '
        f'root="1.2.250.1.99.1"/><patient><administrativeGenderCode code="F"/><birthTime value="{born}"/></patient>'
        f"</patientRole></recordTarget>{header}<component>{structured if body is None else body}</component>"
        "</ClinicalDocument>"
    ).encode()


def ed(document: bytes, status: str = "F") -> str:
    """An OBX that carries a document."""
    packed = base64.b64encode(document).decode()
    return f"OBX|1|ED|11502-2^CR biologie^LN||^APPLICATION^XML^Base64^{packed}||||||{status}"


def with_cda(document: bytes, *, pid: str = PID, status: str = "F", **head: str) -> bytes:
    """A message that carries a report."""
    return hl7(ed(document, status), pid=pid, **head)


def message(body: bytes, format_: str = HL7V2) -> Message:
    """The one message in some bytes, as read."""
    (part,) = parts_of(body, format_)
    return read(part)


def result(body: bytes, format_: str = HL7V2) -> LabResult:
    """The one result in some bytes."""
    (found,) = [item for item in message(body, format_).items if isinstance(item, LabResult)]
    return found


class Feed:
    """A log that takes messages."""

    def __init__(self, log: EventLog, **options: Any) -> None:
        self.log = log
        self.intake = FeedIntake(log, now=lambda: NOW, **{"patients": PATIENTS, **options})

    def take(self, body: bytes, format_: str = HL7V2) -> list[Verdict]:
        """The verdicts on all that some bytes hold."""
        return [verdict for answer in self.intake.take(parts_of(body, format_)) for verdict in answer.verdicts]

    def fhir(self, document: Mapping[str, Any]) -> list[Verdict]:
        """The verdicts on a resource."""
        return self.take(fhir(document), FHIR)

    def statuses(self, body: bytes, format_: str = HL7V2) -> list[str]:
        """The verdicts' statuses alone."""
        return [verdict.status for verdict in self.take(body, format_)]

    def known(self, candidate: str = "C1") -> list[tuple[str, str, str]]:
        """Value, unit and time of what is known of a candidate, in the order of the log."""
        facts = self.log.history().of(f"candidate/{candidate}").facts.values()
        return [(fact.data["value"], fact.data["unit"], fact.time) for fact in facts]

    def types(self) -> list[str]:
        """The types of the stored events."""
        return [each["type"].split(".")[1] for each in documents(self.log)]

    def waiting(self) -> list[int]:
        """The open entries of the quarantine."""
        return self.log.recorder.quarantine_numbers(include_resolved=False)


@contextmanager
def feed(folder: Path, **options: Any) -> Iterator[Feed]:
    """A new log that takes messages."""
    with opened(folder / "feed.db") as log:
        yield Feed(log, **options)


def values(log: Feed) -> dict[str, list[str]]:
    """What stands of each candidate."""
    return {who: [value for value, _, _ in log.known(who)] for who in ("C1", "C2") if log.known(who)}


def taken(log: Feed, *bodies: bytes) -> list[str]:
    """The statuses of some messages, one after another; HL7 or FHIR as they begin."""
    return [status for body in bodies for status in log.statuses(body, *([FHIR] if body[:1] == b"{" else []))]
