"""Properties of a laboratory's versions: in whatever order and however often they come, the highest one stands."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake.feeds.formats import FHIR
from engine.intake.intake import Submission
from tests.intake.feeds.support import (
    OTHER_PID,
    PID,
    Feed,
    cda,
    cda_observation,
    feed,
    fhir,
    hl7,
    obr,
    observation,
    obx,
    quantity,
    with_cda,
)
from tests.long import examples

quick = settings(max_examples=examples(20, 500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
Known = dict[tuple[str, str], str]
"""What stands: the value by candidate and code."""
PIDS = {"C1": PID, "C2": OTHER_PID}
BILIRUBIN, CREATININE = "14631-6", "14682-9"


class Version(NamedTuple):
    """What one version of a result says: its status as HL7 has it."""

    status: str
    value: str
    who: str


@st.composite
def results(draw: st.DrawFn) -> list[Version]:
    """The versions of one result, oldest first: preliminary ones, then what a laboratory may say of it."""
    found = [Version("P", draw(st.sampled_from("23")), "C1") for _ in range(draw(st.integers(0, 2)))]
    finals: dict[str, set[str]] = {"C1": set(), "C2": set()}
    is_confirmed = draw(st.booleans())
    if found and is_confirmed:
        found.append(Version("U", "", "C1"))
        finals["C1"].add(found[-2].value)
    who = "C1"
    for _ in range(draw(st.integers(0 if found else 1, 4))):
        status = draw(st.sampled_from("FFCCDX"))
        who = who if status in "DX" else draw(st.sampled_from(["C1", "C1", "C2"]))
        value = draw(st.sampled_from("2345"))
        if status == "F" and finals[who] - {value}:
            status = "C"  # final again with another value is a conflict, and stays one
        if status in "FC":
            finals[who].add(value)
        found.append(Version(status, "" if status in "DX" else value, who))
    return found


def truth(versions: list[Version]) -> Known:
    """What stands once all is said, in order."""
    known: Known = {}
    waits = ""
    for each in versions:
        if each.status == "P":
            waits = each.value
        elif each.status in "DX":
            known = {}
        else:
            known = {(each.who, BILIRUBIN): each.value or waits}
    return known


def in_hl7(number: int, each: Version, changed: str = "") -> bytes:
    """A version as a message of HL7, dated by its number or as given."""
    said = obx(each.value, status=each.status) if each.value else obx("", unit="", kind="", status=each.status)
    return hl7(said, order=obr(changed=changed or f"2025020210{number:02}"), pid=PIDS[each.who], control=f"M{number}")


def in_fhir(number: int, each: Version, version: str = "") -> bytes:
    """A version as an Observation, of its number or as given."""
    status = {"F": "final", "C": "amended"}.get(each.status, "entered-in-error")
    value = quantity(each.value) if each.value else None
    subject = {"identifier": {"system": "urn:oid:1.2.250.1.99.1", "value": each.who.replace("C", "P")}}
    return fhir(
        observation(
            status=status,
            valueQuantity=value,
            subject=subject,
            id=f"o{number}",
            meta={"versionId": version or str(number)},
        )
    )


def known_in(log: Feed) -> Known:
    """What stands in a log."""
    code = {"total_bilirubin": BILIRUBIN, "creatinine": CREATININE}
    return {
        (who, code[fact.data["analyte"]]): fact.data["value"]
        for who in PIDS for fact in log.log.history().of(f"candidate/{who}").facts.values()
    }  # fmt: skip


@st.composite
def arrivals(draw: st.DrawFn, many: int) -> list[int]:
    """Each version at least once, in some order."""
    again = draw(st.lists(st.integers(0, many - 1), max_size=3))
    return draw(st.permutations([*range(many), *again]))


def taken(log: Feed, body: bytes) -> list[str]:
    return log.statuses(body, *([FHIR] if body[:1] == b"{" else []))


def holds(messages: list[bytes], order: list[int], end: Known, *, has_value: list[bool]) -> None:
    """Whether messages in some order end with what the last one says, and say nothing when they are sent again."""
    with tempfile.TemporaryDirectory() as folder, feed(Path(folder)) as log:
        answers = {number: taken(log, messages[number]) for number in order}
        assert known_in(log) == end
        head = log.log.head()
        for number in reversed(range(len(messages))):
            again = taken(log, messages[number])
            refused = {"refused", "conflict"} & {*answers[number]}
            if not refused and (has_value[number] or "ignored" not in answers[number]):
                assert {*again} <= {"duplicate"}, (number, again)
        kept = {number: log.log.recorder.quarantine_row(number) for number in log.waiting()}
        log.intake.resend({number: Submission(1, bytes(row["bytes"])) for number, row in kept.items() if row})
        assert (log.log.head(), known_in(log)) == (head, end)


@quick
@given(st.data())
def test_the_highest_version_of_a_result_stands_in_whatever_order_they_come(data: st.DataObject) -> None:
    versions = data.draw(results())
    written: Callable[[int, Version], bytes] = in_hl7
    if data.draw(st.booleans()):
        versions = [each for each in versions if each.status not in "PU"] or [Version("F", "2", "C1")]
        written = in_fhir
    messages = [written(number, each) for number, each in enumerate(versions, 1)]
    order = data.draw(arrivals(len(messages)))
    mine = iter(sorted(number for number in order if versions[number].status in "PU"))
    order = [next(mine) if versions[number].status in "PU" else number for number in order]  # U confirms what waits
    holds(messages, order, truth(versions), has_value=[each.status in "FCU" for each in versions])


@quick
@given(st.data())
def test_versions_that_are_equal_or_written_imprecisely_stand_in_the_order_of_their_arrival(
    data: st.DataObject,
) -> None:
    drawn = [each for each in data.draw(results()) if each.status not in "PU"]
    versions = [
        each._replace(status="C" if number and each.status == "F" else each.status, value=each.value and f"{number}5")
        for number, each in enumerate(drawn, 1)
    ]  # fmt: skip
    is_fhir, messages = data.draw(st.booleans()), []
    for number, each in enumerate(versions, 1):
        precise = f"2025020210{number:02}30"
        changed = data.draw(st.sampled_from([precise[:8], precise[:12], precise, "20250202"]))
        messages.append(in_fhir(number, each, "7") if is_fhir else in_hl7(number, each, changed))
    with tempfile.TemporaryDirectory() as folder, feed(Path(folder)) as log:
        answers = [taken(log, message) for message in messages]
        head, end = log.log.head(), known_in(log)
        assert end == truth(versions)
        for message, answer, each in zip(messages, answers, versions, strict=True):
            if answer != ["refused"]:  # a withdrawal of none known has not been said
                assert taken(log, message) == ["duplicate"] or each.status in "DX"
        assert (log.log.head(), known_in(log)) == (head, end)


class Document(NamedTuple):
    """What one version of a document holds."""

    values: dict[str, str]
    who: str
    is_withdrawn: bool


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """The versions of a document of two results, either of which it may drop."""
    found, who = [], "C1"
    codes = st.sampled_from([BILIRUBIN, CREATININE])
    for number in range(draw(st.integers(2, 4))):
        is_withdrawn = bool(number) and draw(st.integers(0, 3)) == 0
        who = who if is_withdrawn else draw(st.sampled_from(["C1", "C1", "C2"]))
        found.append(Document(draw(st.dictionaries(codes, st.sampled_from("6789"), min_size=1)), who, is_withdrawn))
    return found


def in_cda(number: int, each: Document) -> bytes:
    """A version as a document in a message."""
    held = [
        cda_observation(f'<value xsi:type="PQ" value="{value}" unit="umol/L"/>', code=code)
        for code, value in sorted(each.values.items())
    ]
    body = cda(*held, version=str(number), patient=each.who.replace("C", "P"))
    return with_cda(body, pid=PIDS[each.who], status="W" if each.is_withdrawn else "F")


@quick
@given(st.data())
def test_the_highest_version_of_a_document_stands_in_whatever_order_they_come(data: st.DataObject) -> None:
    versions = data.draw(documents())
    last = versions[-1]
    end = {} if last.is_withdrawn else {(last.who, code): value for code, value in last.values.items()}
    messages = [in_cda(number, each) for number, each in enumerate(versions, 1)]
    order = data.draw(arrivals(len(messages)))
    holds(messages, order, end, has_value=[not each.is_withdrawn for each in versions])
