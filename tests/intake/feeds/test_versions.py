"""Versions of one result in the wrong order, again, or under another patient: the last word stands, and no other."""

from pathlib import Path

import pytest

from tests.intake.feeds.support import (
    OTHER_PID,
    Feed,
    cda,
    cda_observation,
    feed,
    with_cda,
)

CREATININE = "14682-9"


def reading(value: str, code: str = "14631-6") -> str:
    """An observation of a document."""
    return cda_observation(f'<value xsi:type="PQ" value="{value}" unit="umol/L"/>', code=code)


def document(version: int, *observations: str, status: str = "F", **more: str) -> bytes:
    """A document in a message."""
    return with_cda(cda(*observations, version=str(version), **more), status=status)


def values(log: Feed) -> dict[str, list[str]]:
    """What stands of each candidate."""
    return {who: [value for value, _, _ in log.known(who)] for who in ("C1", "C2") if log.known(who)}


def taken(log: Feed, *bodies: bytes) -> list[str]:
    """The statuses of some messages, one after another."""
    return [status for body in bodies for status in log.statuses(body)]


def test_a_set_id_without_extension_touches_no_other_document(tmp_path: Path) -> None:
    root = '<setId root="1.2.250.1.99.7"/>'
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20")))
        other = '<setId root="1.2.250.1.99.7" extension="DOC2"/>'
        log.take(with_cda(cda(reading("60"), patient="P2", set_id=other), pid=OTHER_PID))
        assert taken(log, document(2, reading("90", CREATININE), set_id=root)) == ["accepted"]
        assert taken(log, document(3, reading("91", CREATININE), set_id=root)) == ["accepted"]
        assert taken(log, document(4, reading("15"), set_id=root)) == ["accepted", "accepted"]
        assert values(log) == {"C1": ["20", "15"], "C2": ["60"]}


SEX = "PID|1||P1^^^HOP&1.2.250.1.99.1&ISO^PI||X^Y||19700101|M"
RPLC = (
    '<relatedDocument typeCode="RPLC"><parentDocument><setId root="1.2.250.1.99.7" extension="DOC0"/>'
    "</parentDocument></relatedDocument>"
)
FAULTY = {
    "another sex": lambda status: with_cda(cda(reading("22"), version="2"), pid=SEX, status=status),
    "another day of birth": lambda status: document(2, reading("22"), status=status, born="19710101"),
    "another document": lambda status: document(2, reading("22"), status=status, header=RPLC),
}


@pytest.mark.parametrize("status", ["F", "W", "X"])
@pytest.mark.parametrize("case", FAULTY)
def test_a_document_with_a_fault_of_its_own_takes_nothing_back(tmp_path: Path, case: str, status: str) -> None:
    with feed(tmp_path) as log:
        taken(log, document(1, reading("20"), reading("90", CREATININE)))
        assert set(log.statuses(FAULTY[case](status))) == {"refused"}
        assert values(log) == {"C1": ["20", "90"]}


def test_a_result_that_is_refused_where_it_stands_is_not_missing(tmp_path: Path) -> None:
    code = '<code code="14631-6" codeSystem="2.16.840.1.113883.6.1" displayName="Bilirubine"/>'
    two = code.replace("/>", '><translation code="38483-4"/></code>')
    refused = {
        "two codes": reading("22").replace(code, two),
        "no unit": reading("22").replace(' unit="umol/L"', ""),
        "no status": reading("22").replace('code="completed"', 'code="done"'),
    }
    for number, each in enumerate(refused.values()):
        (tmp_path / str(number)).mkdir()
        with feed(tmp_path / str(number)) as log:
            taken(log, document(1, reading("20"), reading("90", CREATININE)))
            assert log.statuses(document(2, each)) == ["refused", "accepted"]
            assert values(log) == {"C1": ["20"]}
