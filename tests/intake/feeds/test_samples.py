"""Messages of the shapes that French and international systems send: each is read, or refused with a remedy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.intake.feeds.patients import Patients
from engine.intake.feeds.result import Identifier
from tests.intake.feeds.support import Feed, feed

FOLDER = Path(__file__).parents[3] / "fixtures" / "feeds"
SAMPLES = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))
KNOWN = Patients({
    Identifier("urn:oid:1.2.250.1.213.1.4.10", "279035121518989"): "FR1",
    Identifier("urn:oid:2.16.840.1.113883.19.3.2.1", "PATID1234"): "US1",
    Identifier("Baseline West MC", "9339683996"): "US2",
    Identifier("https://hospital.example/ids", "P1"): "EU1",
})  # fmt: skip
AFTER = {"02-fr-oru-cda-replacement.hl7": 1, "03-fr-oru-cda-deletion.hl7": 2}
"""How many of the samples before it a message follows."""
REMEDY = re.compile(r"\b(send|write|check|name|mend|leave|snagc|add|split|comes)\b")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Feed]:
    with feed(tmp_path, patients=KNOWN) as found:
        yield found


def values(log: Feed) -> list[str]:
    """What is known, by the order in which it was learnt."""
    facts = [
        (position, fact.data.get("comparator", "") + f"{fact.data['value']} {fact.data['unit']}")
        for candidate in ("FR1", "US1", "US2", "EU1")
        for position, fact in log.log.history().of(f"candidate/{candidate}").facts.items()
    ]
    return [text for _, text in sorted(facts)]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_is_read_or_refused_with_a_remedy(log: Feed, name: str) -> None:
    sample, names = SAMPLES[name], sorted(SAMPLES)
    before = names[names.index(name) - AFTER.get(name, 0) : names.index(name)]
    for each in before:
        log.take((FOLDER / each).read_bytes(), SAMPLES[each]["format"])
    verdicts = log.take((FOLDER / name).read_bytes(), sample["format"])
    assert [each.status for each in verdicts] == sample["answers"]
    assert values(log) == sample["kept"]
    for fault in (fault for each in verdicts for fault in each.errors):
        assert REMEDY.search(fault.message), fault
    again = log.take((FOLDER / name).read_bytes(), sample["format"])
    assert {each.status for each in again} <= {"duplicate", "ignored", "refused"}
    assert values(log) == sample["kept"]


def test_there_are_at_least_thirty_and_each_says_what_it_follows() -> None:
    assert len(SAMPLES) >= 30
    assert sorted(SAMPLES) == sorted(path.name for path in FOLDER.iterdir() if path.name != "samples.json")
    assert all(sample["shape"] for sample in SAMPLES.values())
