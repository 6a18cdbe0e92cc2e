"""CDA: a result has the time at which its own specimen was drawn, and what did not happen is no result."""

import pytest

from engine.intake.feeds.result import Ignored, Refused
from tests.intake.feeds.support import PROCEDURE, cda, cda_observation, message, result, with_cda

EIGHT, NINE, OWN = (f"2025-02-0{day}+01:00" for day in ("1T08:00:00", "2T09:00:00", "1T09:00:00"))


def procedure(specimen: str = "", time: str = "20250201080000+0100", attributes: str = "", more: str = "") -> str:
    """How a specimen was drawn."""
    drawn = f'<participant><participantRole><id root="1.9" extension="{specimen}"/></participantRole></participant>'
    return (
        f'<procedure classCode="PROC" {attributes}>{more}<effectiveTime value="{time}"/>{drawn if specimen else ""}'
        "</procedure>"
    )


def of(*specimens: str) -> str:
    """The specimens of an observation."""
    return "".join(
        f'<specimen><specimenRole><id root="1.9" extension="{each}"/></specimenRole></specimen>' for each in specimens
    )


def report(*near: str, far: tuple[str, ...] = (), specimens: str = "", battery: str = "") -> bytes:
    """A report with procedures in the organizer of its observation, and others in the section."""
    document = cda(
        cda_observation(more=specimens), before=battery + "".join(f"<component>{each}</component>" for each in near)
    )
    entries = "".join(f"<entry>{each}</entry>" for each in far)
    return with_cda(document.replace(b"</section>", f"{entries}</section>".encode()))


T1, T2 = procedure("T1"), procedure("T2", "20250202090000+0100")
ROOT_ALONE = (
    '<procedure classCode="PROC"><effectiveTime value="20250202090000+0100"/><participant><participantRole>'
    '<id root="1.9.2"/></participantRole></participant></procedure>'
)
BARE = procedure(time="20250202090000+0100")


@pytest.mark.parametrize(
    ("body", "time"),
    [
        (report(T1, specimens=of("T1")), EIGHT),
        (report(T1, far=(T2,), specimens=of("T2")), NINE),
        (report(T2, far=(T1,), specimens=of("T1")), EIGHT),
        (report(T1, T2, specimens=of("T2")), NINE),
        (report(T1, BARE, specimens=of("T2")), NINE),
        (report(BARE, specimens=of("T2")), NINE),
        (report(far=(T1, BARE), specimens=of("T2")), NINE),
        (report(T1, far=(T2,)), EIGHT),
        (report(T1, T2, battery=of("T2")), NINE),
        (report(specimens=of("T2")), OWN),
        (report(T1, T1, specimens=of("T1")), EIGHT),
        (report(T1, ROOT_ALONE, specimens=of("").replace('"1.9" extension=""', '"1.9.2"')), NINE),
        (report(procedure("T1", attributes='negationInd="1"'), BARE, specimens=of("T1")), NINE),
        (report(procedure("T1", attributes='moodCode="RQO"'), T2), NINE),
        (report(procedure("T1", more='<statusCode code="cancelled"/>'), T2), NINE),
        (report('<procedure><id nullFlavor="UNK"/><effectiveTime value="20250201080000+0100"/></procedure>',
                specimens='<specimen><specimenRole><id nullFlavor="UNK"/></specimenRole></specimen>'), EIGHT),
    ],
)  # fmt: skip
def test_the_time_is_that_of_the_specimen_the_observation_names(body: bytes, time: str) -> None:
    found = result(body)
    assert (str(found.sampled), found.faults) == (time, ())


@pytest.mark.parametrize(
    "body",
    [
        report(T1, specimens=of("T2")),
        report(T1, far=(T1,), specimens=of("T2")),
        report(T1, T2, specimens=of("T1", "T2")),
        report(T1, T2),
        report(T1, far=(procedure("T1", "20250202090000+0100"),), specimens=of("T1")),
        report(procedure("T1", attributes='negationInd="yes"'), specimens=of("T1")),
    ],
)
def test_contradictory_specimens_are_refused(body: bytes) -> None:
    (fault,) = result(body).faults
    assert fault.path.endswith("/effectiveTime")
    assert "send" in fault.message or "name" in fault.message


@pytest.mark.parametrize("said", ["true", "1"])
@pytest.mark.parametrize("place", ["<observation", "<act", "<entryRelationship"])
def test_what_is_negated_is_nothing_that_was_observed(said: str, place: str) -> None:
    negated = cda().decode().replace(f"{place} ", f'{place} negationInd="{said}" ')
    (item,) = message(with_cda(negated.encode())).items
    assert isinstance(item, Ignored)
    assert "nothing that was observed" in item.why


def test_a_negation_that_says_no_is_none_and_one_that_is_no_boolean_is_refused() -> None:
    for said in (b"false", b"0"):
        assert result(with_cda(cda().replace(b"<observation ", b'<observation negationInd="%s" ' % said))).measured
    (item,) = message(with_cda(cda().replace(b"<observation ", b'<observation negationInd="TRUE" '))).items
    assert isinstance(item, Refused)
    assert "negationInd" in item.faults[0].message


@pytest.mark.parametrize(
    "document",
    [
        cda(cda_observation('<value xsi:type="PQ" value="17" unit="umol/L">18</value>')),
        cda(cda_observation('<value xsi:type="PQ" value="17" unit="umol/L"><low value="3"/></value>')),
        cda(cda_observation('<value xsi:type="IVL_PQ" value="9"><low value="50" unit="umol/L"/></value>')),
        cda(cda_observation('<value xsi:type="IVL_PQ"><low value="5" unit="umol/L"/><low value="6"/></value>')),
        cda(cda_observation(status='<statusCode code="completed"/><statusCode code="nullified"/>')),
        cda(cda_observation(more='<effectiveTime value="20250301"/>')),
        cda(cda_observation(more='<code code="2160-0"/>')),
        cda(before=PROCEDURE.replace('0100"/>', '0100"><width value="2" unit="h"/></effectiveTime>')),
        cda(before=PROCEDURE.replace('0100"/>', '0100"><center value="20250202"/></effectiveTime>')),
        cda(set_id='<setId root="1.2" extension="A"/><setId root="1.2" extension="B"/>'),
        cda(set_id='<setId root="1.2" extension="A" nullFlavor="UNK"/>'),
        cda(
            cda_observation(
                '<value xsi:type="PQ" value="10" unit="mg/L"><translation value="17.1" code="umol/L"/>'
                '<translation value="17.2" code="umol/L"/></value>'
            )
        ),
        cda(
            cda_observation(
                '<value xsi:type="PQ" value="10" unit="mg/L"><translation value="17.1" code="umol/L" '
                'nullFlavor="OTH"/></value>'
            )
        ),
        cda().replace(b'<code code="14631-6"', b'<code nullFlavor="UNK" code="14631-6"'),
        cda().replace(b'<code code="14631-6"', b'<code nullFlavor="OTH" code="14631-6"'),
        cda().replace(b'<statusCode code="completed"/><eff', b'<statusCode code="completed" nullFlavor="OTH"/><eff'),
        cda(set_id='<setId root="1.2" nullFlavor="UNK"/>'),
        cda().replace(b"<birthTime ", b'<birthTime value="19710101"/><birthTime '),
        cda().replace(b"<versionNumber ", b'<versionNumber nullFlavor="UNK" '),
        cda().replace(b'<id extension="P1"', b'<id nullFlavor="NAV" extension="P1"'),
    ],
)
def test_what_is_given_more_than_once_is_refused(document: bytes) -> None:
    assert result(with_cda(document)).faults


@pytest.mark.parametrize(
    "unknown", ['root="1.2.250.1.213.1.4.8" nullFlavor="UNK"', 'root="1.2.250.1.99.1" nullFlavor="NA"']
)
def test_an_identifier_that_is_not_known_says_nothing(unknown: str) -> None:
    role = cda().replace(b"<patientRole>", f"<patientRole><id {unknown}/>".encode())
    found = result(with_cda(role))
    assert (found.faults, found.patient) == ((), result(with_cda(cda())).patient)
    alone = cda().replace(b'<id extension="P1" root="1.2.250.1.99.1"/>', f"<id {unknown}/>".encode())
    (fault,) = result(with_cda(alone, pid="PID|1")).patient.faults[-1:]
    assert "no identifier" in fault.message


def test_a_specimen_that_is_not_known_is_none_that_another_element_names() -> None:
    unknown = procedure("X").replace('extension="X"', 'nullFlavor="UNK"')
    other = procedure("X", "20250202090000+0100").replace('extension="X"', 'nullFlavor="UNK"')
    named = of("X").replace('extension="X"', 'nullFlavor="UNK"')
    assert str(result(report(unknown, far=(other,), specimens=named)).sampled) == EIGHT, "the nearest one"


def coding(attributes: str, *translations: str) -> bytes:
    """A report with one code and its translations."""
    within = "".join(f'<translation codeSystem="2.16.840.1.113883.6.1" {each}/>' for each in translations)
    code = '<code code="14631-6" codeSystem="2.16.840.1.113883.6.1" displayName="Bilirubine"/>'
    return with_cda(cda(cda_observation().replace(code, f"<code {attributes}>{within}</code>")))


def test_a_local_code_is_read_by_its_translation() -> None:
    for local in ('nullFlavor="OTH"', 'code="BILI" nullFlavor="OTH"', 'code="BILI" codeSystem="1.2" nullFlavor="OTH"'):
        found = result(coding(local, 'code="14631-6"'))
        assert (found.analyte, found.faults) == ("total_bilirubin", ())
    for other in ('code="BILI" nullFlavor="UNK"', 'code="14631-6" nullFlavor="OTH"'):
        translation = 'code="14631-6"' if "UNK" in other else 'code="718-7"'
        assert result(coding(other, translation)).faults, other
    assert result(coding('code="BILI" nullFlavor="OTH"', 'code="14631-6" nullFlavor="NI"')).faults
    (item,) = message(coding('code="2160-0" nullFlavor="OTH"', 'code="14631-6"')).items
    assert isinstance(item, Refused)


def test_a_second_body_is_not_passed_over() -> None:
    twice = cda().replace(b"</ClinicalDocument>", b"<component><structuredBody/></component></ClinicalDocument>")
    (item,) = message(with_cda(twice)).items
    assert isinstance(item, Refused)
