"""Tables that readers look things up in: each entry reads what it names, and what stands beside it is refused."""

import pytest

from engine.intake.feeds.formats import FHIR, HL7V2
from engine.intake.feeds.result import Ignored, Refused
from tests.intake.feeds.support import bundle, cda, fhir, hl7, message, obx, result, with_cda

LETTERS = {
    "1": "é", "2": "ł", "3": "ħ", "4": "ķ", "5": "ж", "6": "ب", "7": "λ", "8": "א", "9": "ğ", "15": "œ",
}  # fmt: skip
"""A letter that each part of ISO 8859 writes in a byte of its own, by part."""


@pytest.mark.parametrize("part", sorted(LETTERS))
@pytest.mark.parametrize("spelt", ["8859/{}", "ISO-8859-{}", "ISO 8859-{}", "iso8859/{}"])
def test_each_charset_that_is_named_is_read_to_the_letter(part: str, spelt: str) -> None:
    text = hl7(obx(code=f"14631-6^Bili {LETTERS[part]}^LN"), charset=spelt.format(part)).decode()
    assert result(text.encode(f"iso-8859-{part}")).origin == f"14631-6 Bili {LETTERS[part]}"


@pytest.mark.parametrize("declared", ["", "UNICODE", "UNICODE UTF-8", "UTF-8", "UTF8", "utf-8"])
def test_utf_8_is_read_under_each_of_its_names(declared: str) -> None:
    assert result(hl7(obx(code="14631-6^Bili œ^LN"), charset=declared)).origin == "14631-6 Bili œ"


@pytest.mark.parametrize("declared", ["8859/10", "8859/16", "8859/", "GB 18030-2000", "WINDOWS-1252"])
def test_a_charset_beside_the_table_is_refused(declared: str) -> None:
    assert not message(hl7(charset=declared)).readable


@pytest.mark.parametrize(
    ("encoding", "letter"),
    [("UTF-8", "œ"), ("ISO-8859-1", "é"), ("iso-8859-15", "œ"), ("windows-1252", "œ"), ("us-ascii", "e"),
     ("ASCII", "e")],
)  # fmt: skip
def test_a_document_is_read_in_each_encoding_it_may_declare(encoding: str, letter: str) -> None:
    text = cda().decode().replace('encoding="UTF-8"', f'encoding="{encoding}"').replace("Bilirubine", f"Bili {letter}")
    assert result(with_cda(text.encode(encoding))).origin == f"14631-6 Bili {letter}"


@pytest.mark.parametrize("encoding", ["UTF-16", "iso-8859-2", "cp850"])
def test_a_document_in_another_encoding_is_refused(encoding: str) -> None:
    text = cda().decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')
    (item,) = message(with_cda(text.encode())).items
    assert isinstance(item, Refused)


@pytest.mark.parametrize(
    ("body", "format_"),
    [(hl7("NTE|1||nothing"), HL7V2), (fhir(bundle()), FHIR), (fhir(bundle({"resourceType": "Patient"})), FHIR)],
)
def test_a_message_without_results_is_answered_that_it_has_none(body: bytes, format_: str) -> None:
    (item,) = message(body, format_).items
    assert isinstance(item, Ignored)
    assert item.why == "the message holds no result"
