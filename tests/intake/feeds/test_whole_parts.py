"""HL7 v2: whatever stands in a field that is used is read whole or refused, never cut; and no answer carries more."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.intake.feeds.acks import acknowledgements
from engine.intake.feeds.formats import HL7V2
from engine.intake.feeds.result import LabResult, Refused
from engine.intake.feeds.taking import Answer, Part, parts_of, read
from engine.intake.verdicts import Verdict
from tests.intake.feeds.support import PID, cda, ed, feed, hl7, message, msh, obr, observation, obx, result
from tests.intake.support import NOW
from tests.long import examples


def pid(value: str, more: str = "") -> str:
    """A patient by the first component of PID-3."""
    return f"PID|1||{value}^^^HOP&1.2.250.1.99.1&ISO^PI{more}||X^Y||19700101|F"


def status_of_order(status: str) -> str:
    """An order with its OBR-25."""
    return obr()[: -len("F")] + status


def spm(drawn: str) -> str:
    """A specimen with its SPM-17."""
    return f"SPM|1||||||||||||||||{drawn}"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (hl7(obx("17&1")), "OBX[1]-5"),
        (hl7(obx("1&500", kind="ST")), "OBX[1]-5"),
        (hl7(obx("&17")), "OBX[1]-5"),
        (hl7(obx("<^5&3", kind="SN")), "OBX[1]-5"),
        (hl7(obx("<&>^5", kind="SN")), "OBX[1]-5"),
        (hl7(obx("^5^^^^^^^^^^^^9", kind="SN")), "OBX[1]-5"),
        (hl7(obx("17^^^^^^^^^^^^^9")), "OBX[1]-5"),
        *((hl7(obx(value)), "OBX[1]-5") for value in (
            r"1\Zx\7", r"1\XZZ\7", r"1\Q\7", r"97\5", "97\\", r"1\C2842\7", r"1\\7", r"\X0A\7", r"1\X3\7", r"1\.sp\7",
            r"1\.sp9999999999999999\7", r"1\.spx\7", r"\H\17\N\7", r"1\t\7")),
        (hl7(obx(unit="umol/L&x")), "OBX[1]-6"),
        (hl7(obx(unit="umol/L~mg/dL")), "OBX[1]-6"),
        (hl7(obx(unit=r"umol/L\Zx\^^UCUM")), "OBX[1]-6"),
        (hl7(obx(unit="x&umol/L^^UCUM^umol/L^^UCUM")), "OBX[1]-6"),
        (hl7(obx(unit="umol/L^micromol per litre&mg/dL^UCUM")), "OBX[1]-6"),
        (hl7(obx(unit="umol/L^^UCUM^^^^^^^mg/dL^^UCUM")), "OBX[1]-5"),
        (hl7(obx(unit="umol/L^^UCUM^^^^^^mg/dL")), "OBX[1]-5"),
        (hl7(obx(unit="umol.L")), "OBX[1]-6"),
        (hl7(obx(unit="umol/L-1")), "OBX[1]-6"),
        (hl7(obx(status="F&C")), "OBX[1]-11"),
        (hl7(obx(status="F^D")), "OBX[1]-11"),
        (hl7(obx(status="F~X")), "OBX[1]-11"),
        (hl7(obx(kind="NM&ST")), "OBX[1]-5"),
        (hl7(obx(sub="1&1")), "OBX[1]-4"),
        (hl7(obx(sub=r"1\Zx\1")), "OBX[1]-4"),
        (hl7(obx(sub=r"1\S\1")), "OBX[1]-4"),
        (hl7(obx(sub="1~2")), "OBX[1]-4"),
        (hl7(obx(drawn="202502010800&202502020800")), "OBX[1]-14"),
        (hl7(obx(drawn="202502010800^202502020800")), "OBX[1]-14"),
        (hl7(obx(drawn="202502010800^D")), "OBX[1]-14"),
        (hl7(obx(drawn="202502010800~202502020800")), "OBX[1]-14"),
        (hl7(extra=spm("202502010800~202502020800")), "SPM-17"),
        (hl7(extra=spm("202502010800&202502020800")), "SPM-17"),
        (hl7(extra=spm("^202502020800")), "SPM-17"),
        (hl7(order=obr(drawn="202502010800&x")), "OBR-7"),
        (hl7(order=obr(end="202502010800~202502020800")), "OBR-7"),
        (hl7(order=obr(changed="202502010800&202502020800")), "OBR-22"),
        (hl7(order=obr(changed="yesterday")), "OBR-22"),
        (hl7(order=obr(order="X&1")), "OBR-3"),
        (hl7(order=obr(order=r"X\Zx\1")), "OBR-3"),
        (hl7(order=obr(order="X~Y")), "OBR-3"),
        (hl7(order=obr(order='""')), "OBR-3"),
        (hl7(order=status_of_order("D&F")), "OBR-25"),
        (hl7(order=status_of_order("D~F")), "OBR-25"),
        *((hl7(pid=pid(value)), "PID-3") for value in ("P1&7", r"P\Z9\1", r"P1\X")),
        (hl7(pid=pid("P1", "~P1&2^^^HOP&1.2.250.1.99.1&ISO")), "PID-3"),
        (hl7(pid="PID|1||P1^^^HOP&1.2.250.1.99.1&ISO&x"), "PID-3"),
    ],
)  # fmt: skip
def test_more_than_one_text_is_refused_under_its_field(body: bytes, path: str) -> None:
    found = result(body)
    faults = [*found.faults, *found.patient.faults, *(each.fault for each in found.patient.doubtful)]
    assert path in [fault.path for fault in faults]
    assert all(re.search(r"\b(send|write)\b", fault.message) for fault in faults)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (hl7(obx(code="14682-9&2160-0^Crea^LN")), "OBX[1]-3"),
        (hl7(obx(code=r"14631\Zx\-6^Bili^LN")), "OBX[1]-3"),
        (hl7(obx(code="X&14631-6^Bili^L")), "OBX[1]-3"),
        (hl7(source="LABO&2"), "MSH-4"),
        (hl7(source="LABO~LABO2"), "MSH-4"),
        (hl7(sent="20250201120000+0100&1"), "MSH-7"),
        (hl7(sent="soon"), "MSH-7"),
        (hl7(kind="ORU^R01&x"), "MSH-9"),
        (hl7(mode="T&x"), "MSH-11"),
        (hl7(mode="P~T"), "MSH-11"),
        (hl7(mode=r"T\Zx\ "), "MSH-11"),
        (hl7(version="2.5&x"), "MSH-12"),
        (hl7(obx("1"), "ADD|7"), "ADD"),
        (hl7(obx("1"), "DSC|M2|F"), "DSC"),
        (hl7().replace(b"|P|2.5|||", b"|P|2.5||M2|"), "MSH-14"),
        (hl7(ed(cda()).replace("||||||F", "^UEs=||||||F")), "OBX[1]-5"),
        (hl7(ed(cda()).replace("||||||F", "~^A^B^Base64^UEs=||||||F")), "OBX[1]-5"),
    ],
)  # fmt: skip
def test_what_keeps_a_message_or_its_observation_out_is_refused(body: bytes, path: str) -> None:
    (item,) = message(body).items
    assert isinstance(item, Refused)
    assert path in [fault.path for fault in item.faults]


@pytest.mark.parametrize("status", ["F^D", "W&x", "Q"])
def test_a_status_that_is_none_keeps_a_whole_document_out(status: str) -> None:
    assert "OBX[1]-11" in str(result(hl7(ed(cda(), status))).faults)


@pytest.mark.parametrize("person", ["19700101&x|F", "19700101|F&M", "19700101|F~M", r"1970\Zx\0101|F"])
def test_a_birth_or_sex_that_cannot_be_compared_keeps_a_document_out(person: str) -> None:
    found = result(hl7(ed(cda()), pid=PID.replace("19700101|F", person)))
    assert any(fault.path in ("PID-7", "PID-8") for fault in found.faults)


def test_an_order_and_a_sub_id_are_told_apart_by_all_of_them(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx("17", sub="1^1"), obx("18", sub="1^2"))) == ["accepted", "accepted"]
        ids = [verdict.id for verdict in log.take(hl7(obx("17", sub="1^1"), obx("18", sub="1^2")))]
        assert ids == ["ORD1;14631-6;1^1;C1", "ORD1;14631-6;1^2;C1"]


@pytest.mark.parametrize(
    ("body", "id_"),
    [
        (hl7(), "ORD1;14631-6;;C1"),
        (hl7(obx(sub="2")), "ORD1;14631-6;2;C1"),
        (hl7(obx(sub="2^")), "ORD1;14631-6;2;C1"),
        (hl7(order=obr(order="R1^LIS^1.2.3^ISO")), "R1;14631-6;;C1"),
        (hl7(order=obr(order=r"R\T\1")), "R&1;14631-6;;C1"),
        (hl7(order=obr(order="R\\T\\&")), "R&;14631-6;;C1"),
        (hl7(pid=pid("P\\X31\\")), "ORD1;14631-6;;C1"),
    ],
)
def test_what_is_one_plain_text_keeps_its_id(tmp_path: Path, body: bytes, id_: str) -> None:
    with feed(tmp_path) as log:
        assert [verdict.id for verdict in log.take(body)] == [id_]


def numbered(*given: tuple[str, str]) -> list[dict[str, str]]:
    """Identifiers by use (or none) and value, all of one laboratory."""
    return [({"use": use} if use else {}) | {"system": "urn:x", "value": value} for use, value in given]


@pytest.mark.parametrize(
    ("identifiers", "id_"),
    [
        (numbered(("secondary", "A"), ("official", "B")), "B"), (numbered(("secondary", "A"), ("usual", "B")), "B"),
        (numbered(("", "A"), ("secondary", "B")), "B"), (numbered(("temp", "A"), ("", "B")), "B"),
        (numbered(("old", "A"), ("temp", "B")), "B"), (numbered(("official", "B"), ("official", "A")), "A"),
        ([{"use": "official", "value": "A"}, *numbered(("temp", "B"))], "B"),
        ([{"use": "official", "system": "urn:x"}, *numbered(("temp", "B"))], "B"),
        ([{"system": "urn:x", "value": "B"}], "B"), (numbered(("old", "A")), None), (numbered(("nickname", "A")), None),
        ([{"value": "A"}], None),
    ],
)  # fmt: skip
def test_the_identifier_of_a_fhir_result_is_the_one_in_use_first(
    tmp_path: Path, identifiers: list[dict[str, str]], id_: str | None
) -> None:
    with feed(tmp_path) as log:
        (verdict,) = log.fhir(observation(identifier=identifiers))
        found = (verdict.status, verdict.source, verdict.id)
        assert found == (("accepted", "urn:x", id_) if id_ else ("refused", None, None))


NUMBERS = {"OBR|3": "A", "ORC|3": "B", "TXA|15": "C", "OBR|2": "D", "ORC|2": "E", "TXA|14": "F"}
"""Where the number of an order stands, the first that is given counting."""


@pytest.mark.parametrize("given", [list(NUMBERS)[start:] for start in range(len(NUMBERS))])
def test_the_number_of_an_order_is_the_laboratory_s_own_and_else_the_placer_s(tmp_path: Path, given: list[str]) -> None:
    segments = {name: [name, *[""] * 20] for name in ("ORC", "OBR", "TXA")}
    segments["OBR"][7] = "20250201080000"
    for place in given:
        name, _, number = place.partition("|")
        segments[name][int(number)] = NUMBERS[place]
    with feed(tmp_path) as log:
        (verdict,) = log.take(hl7(order="\r".join("|".join(each) for each in segments.values())))
        assert verdict.id == f"{NUMBERS[given[0]]};14631-6;;C1"


@pytest.mark.parametrize(
    ("number", "id_"), [("R;1", "R%3B1;14631-6;;C1"), ("R%3B1", "R%253B1;14631-6;;C1"), (r"R\R\2", "R%7E2;14631-6;;C1")]
)
def test_a_mark_that_ids_are_made_with_is_escaped_so_that_no_two_numbers_are_one(
    tmp_path: Path, number: str, id_: str
) -> None:
    with feed(tmp_path) as log:
        assert [verdict.id for verdict in log.take(hl7(order=obr(order=number)))] == [id_]


def test_a_sub_id_that_looks_like_a_second_fact_is_a_result_of_its_own(tmp_path: Path) -> None:
    with feed(tmp_path) as log:
        assert log.statuses(hl7(obx("17"), obx("18", sub=r"\R\2"))) == ["accepted", "accepted"]
        assert [value for value, _, _ in log.known()] == ["17", "18"]


def test_escapes_that_are_known_are_resolved_in_the_charset_of_the_message() -> None:
    assert result(hl7(obx("1\\X37\\", unit=r"\XC2B5\mol\X2F\L"))).faults == ()
    assert result(hl7(obx(unit=r"\XB5\mol/L"), charset="8859/1")).faults == ()
    assert result(hl7(obx(unit=r"\XB5\mol/L"))).faults, "no UTF-8"
    assert result(hl7(order=obr(drawn="202502010800^M", changed="20250201^D"))).faults == (), "how precise a time is"


def test_a_text_that_says_it_is_cut_off_identifies_nothing() -> None:
    body = hl7(order=obr(order="ORD1#")).replace(b"^~\\&|", b"^~\\&#|", 1)
    assert [fault.path for fault in result(body).faults] == ["OBR-3"]


def test_a_name_written_with_escapes_stays_out_of_the_log() -> None:
    body = hl7(obx(code="14631-6^Bilirubine DUPONT^LN"), pid=PID.replace("X^Y", r"DUP\X4F\NT^Y"))
    assert result(body).origin == "14631-6 Bilirubine"


PLACES: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "value": ("17.10", lambda text: hl7(obx(text))),
    "text value": ("17.10", lambda text: hl7(obx(text, kind="ST"))),
    "bound": ("17.10", lambda text: hl7(obx(f"<^{text}", kind="SN"))),
    "unit": ("umol/L", lambda text: hl7(obx(unit=text))),
    "code": ("14631-6", lambda text: hl7(obx(code=f"{text}^Bili^LN"))),
    "sub": ("12", lambda text: hl7(obx(sub=text))),
    "status": ("F", lambda text: hl7(obx(status=text))),
    "own time": ("20250201080000+0100", lambda text: hl7(obx(drawn=text))),
    "specimen's time": ("202502010800", lambda text: hl7(extra=spm(text))),
    "order's time": ("202502010800", lambda text: hl7(order=obr(drawn=text))),
    "change": ("202502010800", lambda text: hl7(order=obr(changed=text))),
    "order": ("ORD1", lambda text: hl7(order=obr(order=text))),
    "order's status": ("F", lambda text: hl7(order=status_of_order(text))),
    "patient": ("P1", lambda text: hl7(pid=pid(text))),
    "authority": ("1.2.250.1.99.1", lambda text: hl7(pid=PID.replace("1.2.250.1.99.1", text))),
    "laboratory": ("LABO", lambda text: hl7(source=text)),
    "sent": ("20250201120000+0100", lambda text: hl7(sent=text)),
    "mode": ("P", lambda text: hl7(mode=text)),
}
"""Where a field is used: what may stand there, and the message with it."""
MARKS = [
    "&",
    "~",
    "&1",
    "~7",
    "\\T\\",
    "\\R\\",
    "\\X37\\",
    "\\X20\\",
    "\\X0D\\",
    "\\XZ\\",
    "\\Zx\\",
    "\\.br\\",
    "\\",
    "\\\\",
    "5",
]
KNOWN = {"\\T\\": "&", "\\R\\": "~", "\\F\\": "|", "\\X37\\": "7", "\\X20\\": " "}


def meant(sent: list[str]) -> str | None:
    """What a field says, piece by piece; None where it says more than one text, or something unknown."""
    while sent and sent[-1] in ("&", "~"):
        sent = sent[:-1]
    for at in range(len(sent) - 2):
        if sent[at : at + 3] == ["\\", "F", "\\"]:  # two marks around a status make an escape of it
            sent = [*sent[:at], "\\F\\", *sent[at + 3 :]]
    if any(piece[0] in "&~" or (piece[0] == "\\" and piece not in KNOWN) for piece in sent):
        return None
    return "".join(KNOWN.get(piece, piece) for piece in sent)


def escaped(text: str) -> str:
    """A text as it is sent."""
    return text.replace("&", "\\T\\").replace("~", "\\R\\").replace("|", "\\F\\")


@settings(deadline=None, max_examples=examples(250, 10_000), derandomize=True, database=None)
@given(st.sampled_from(sorted(PLACES)), st.lists(st.tuples(st.integers(0, 20), st.sampled_from(MARKS)), max_size=3))
def test_a_field_is_read_whole_or_refused(place: str, marks: list[tuple[int, str]]) -> None:
    plain, made = PLACES[place]
    pieces = list(plain)
    for at, mark in marks:
        if place in ("code", "patient") and mark[0] == "~":
            continue  # which may be given more than once
        pieces.insert(min(at, len(pieces)), mark)
    found = [item for item in message(made("".join(pieces))).items if isinstance(item, LabResult)]
    if not found or found[0].faults or found[0].patient.faults or found[0].patient.doubtful:
        assert marks, "what is plain is read"
        return
    text = meant(pieces)
    assert text is not None, "more than one text was read as one"
    assert found[0] == result(made(escaped(text)))


def answered(part: Part) -> Answer:
    """A message with the faults of its items, as if held against an empty log."""
    found = read(part)
    faults = [fault for item in found.items if isinstance(item, Refused | LabResult) for fault in item.faults]
    return Answer(found, (Verdict(1, None, None, "refused", None, errors=tuple(faults)),) if faults else ())


ATTACKS = [
    "7",
    "A",
    "|",
    "^",
    "&",
    "~",
    "\\",
    "\\X0D\\",
    "\\F\\",
    "\\T\\",
    "MSA",
    "\\XE9\\",
    "\\S\\",
    "$",
    "%",
    "\x85",
    "é",
]


@pytest.mark.parametrize("value", [r"1\Z\2", "1&2", "1^2", "1~2", r"1\F\2", r"\E\1"])
def test_every_mark_of_what_an_answer_quotes_is_escaped_in_it(value: str) -> None:
    marks = {"\\E\\": "\\", "\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~"}
    (part,) = parts_of(hl7(obx(value)), HL7V2)
    answer = answered(part)
    (line,) = [each for each in acknowledgements([answer], NOW).decode().split("\r") if each.startswith("ERR")]
    words = line.split("|")[8]
    assert re.fullmatch(r"(?:[^\\|^&~]|\\[EFSTR]\\)*", words)
    (fault,) = answer.verdicts[0].errors
    assert re.sub(r"\\[EFSTR]\\", lambda found: marks[found[0]], words) == fault.message


@settings(deadline=None, max_examples=examples(60, 3000), derandomize=True, database=None)
@given(st.lists(st.sampled_from(ATTACKS), min_size=1, max_size=6), st.sampled_from([3, 4, 5, 6, 9, 10, 11, 12]))
def test_nothing_a_sender_writes_adds_to_an_answer(written: list[str], number: int) -> None:
    sent = "".join(written)
    for separators in ("|^~\\&", "$%*!@"):
        mine, theirs = separators[0], sent.replace(separators[0], "")
        head = msh().translate(str.maketrans("|^~\\&", separators)).split(mine)
        head[number - 1] = theirs or "7"
        (part,) = parts_of(mine.join(head).encode(), HL7V2)
        answer = acknowledgements([answered(part)], NOW).decode()
        assert answer.isprintable() or answer.replace("\r", "").isprintable()
        first, second, *errors = answer.removesuffix("\r").split("\r")
        assert (first[:9], first.count("|"), second.count("|")) == ("MSH|^~\\&|", 17, 2)
        assert re.fullmatch(r"MSA\|A[AER]\|.*", second)
        assert all(line.startswith("ERR||") and line.count("|") == 8 for line in errors)
        if number == 10 and separators == "|^~\\&" and theirs.isprintable():
            assert second.split("|")[2] == (theirs or "7"), "as it was received"
