"""Whatever comes in, what is kept and what is answered stays bounded: counted here, measured in tests/benchmarks."""

import hashlib
import io
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from engine.intake import quarantine
from engine.intake.check import LONGEST_EVENT, check
from engine.intake.intake import Intake
from engine.intake.reading import read_batches
from engine.intake.verdicts import LONGEST_MESSAGE, LONGEST_PATH, MOST_FAULTS, Verdict
from engine.log.eventlog import EventLog
from tests.faults.hostile_support import COUNTER, DONOR, LAB, OFFERED, REGISTERED, TRAVEL, event
from tests.intake.support import NOW, opened, take
from tests.long import examples

pytestmark = pytest.mark.on_files_unless_long


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    with opened(place) as log:
        yield log


MANY = examples(3_000, 10_000)
NAMES: dict[str, Any] = {f"n{number}": number for number in range(MANY)}
HUGE = "x" * 300_000


def registered(**fields: Any) -> bytes:
    return event(REGISTERED, **fields)


LONG_WINDED: dict[str, bytes] = {
    "unknown attributes": event(LAB, NAMES),
    "unknown fields": event(LAB, **NAMES),
    "unknown fields in a limit": registered(donor_limits=NAMES),
    "unknown fields in a report": event("candidate.transplanted", report={"labs": [NAMES]}),
    "readings": event("match-run.recorded", readings=NAMES),
    "bad rows": event(TRAVEL, rows=[["x", "y", -1]] * MANY),
    "rows that are none": event(TRAVEL, rows=[7] * MANY),
    "one row many times": event(TRAVEL, rows=[["010000024", "750100125", 9]] * MANY),
    "bad treatments": event("candidate.transplanted", report={"treatments": ["x"] * MANY}),
    "bad laboratory values": event("candidate.transplanted", report={"labs": [{}] * MANY}),
    "bad diseases": registered(diseases=["x"] * MANY),
    "a huge attribute name": event(LAB, {HUGE: 1}),
    "a huge field name": event(LAB, **{HUGE: 1}),
    "a huge type": event(LAB, {"type": HUGE}),
    "a huge id": event(LAB, {"id": HUGE}),
    "a huge source and no id": event(LAB, {"source": HUGE, "id": 7}),
    "a huge subject": event(LAB, {"subject": HUGE}),
    "a huge time": event(LAB, {"time": HUGE}),
    "a huge actor": event(LAB, {"actor": HUGE}),
    "a huge unit": event(LAB, unit=HUGE),
    "a huge value": event(LAB, value=HUGE),
    "a number of 300,000 digits": event(LAB, value=0).replace(b": 0", b": " + b"1" * 300_000),
    "a count of 300,000 digits": event(COUNTER, count=0).replace(b": 0", b": " + b"1" * 300_000),
    "a number with 300,000 digits of fraction": event(LAB, value=0).replace(b": 0", b": 0." + b"1" * 300_000),
    "a huge birth date": registered(birth_date=HUGE),
    "a huge list as a value": event(LAB, value=[1] * MANY),
    "a huge object as a value": event(LAB, value=NAMES),
    "a huge list as a time": event(LAB, {"time": ["x"] * MANY}),
    "a huge datacontenttype": event(LAB, {"datacontenttype": HUGE}),
    "a list for an event": json.dumps([1] * MANY).encode(),
    "a huge key twice": b'{"%s": 1, "%s": 2}' % (HUGE.encode(), HUGE.encode()),
    "a deep array": b"[" * 100_000 + b"]" * 100_000,
    "a deep object": b'{"a":' * 100_000,
    "a million values": b'{"a":[' + b"1," * 1_000_001 + b"1]}",
}


@pytest.mark.parametrize("line", LONG_WINDED.values(), ids=LONG_WINDED)
def test_the_verdict_on_a_long_winded_line_is_short(line: bytes) -> None:
    checked = check(line, imported=True)
    assert checked.sound is None
    assert 1 <= len(checked.faults) <= MOST_FAULTS + 1
    assert all(len(fault.path) <= LONGEST_PATH and len(fault.message) <= LONGEST_MESSAGE for fault in checked.faults)
    verdict = Verdict(1, checked.source, checked.id, "refused", None, errors=checked.faults)
    assert len(json.dumps(verdict.as_json(), ensure_ascii=False)) < 30_000


@pytest.mark.parametrize(
    ("line", "all_of_them"),
    [
        (event(LAB, NAMES), MANY),
        (event(TRAVEL, rows=[["x", "010000024", 1]] * MANY), MANY),
        (event(TRAVEL, rows=[["x", "y", -1]] * MANY), 3 * MANY),
        (event("candidate.transplanted", report={"treatments": ["x"] * MANY}), MANY),
        (event(TRAVEL, rows=[["010000024", "750100125", 9]] * MANY), 1),
    ],
    ids=["attributes", "rows", "rows with three faults", "treatments", "one fault often"],
)
def test_faults_beyond_the_limit_are_counted(line: bytes, all_of_them: int) -> None:
    faults = check(line, imported=False).faults
    if all_of_them <= MOST_FAULTS:
        assert len(faults) == all_of_them
        return
    assert len(faults) == MOST_FAULTS + 1
    assert (faults[-1].path, faults[-1].message.split(":")[0]) == ("$", f"… and {all_of_them - MOST_FAULTS:,} more")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_an_event_of_sixteen_levels_is_looked_into_and_one_of_seventeen_is_not(opening: str, closing: str) -> None:
    many, inside = (8, "") if opening.startswith("[{") else (16, "[]" if opening == "[" else "{}")
    just = opening * (many - 1) + (inside or "[{}]") + closing * (many - 1)
    assert "nested" not in str(check(just.encode(), imported=False).faults)
    assert "nested" in str(check((opening * many + (inside or "{}") + closing * many).encode(), imported=False).faults)


def test_a_wide_object_still_lets_the_envelope_be_judged() -> None:
    checked = check(event(LAB, {"time": "now", "subject": "C1", "phone": "06"}, **NAMES), imported=False)
    assert {"data", "time", "subject", "phone"} <= {fault.path for fault in checked.faults}
    assert checked.id == f"{LAB}-1"


# ------------------------------------------------------------------------------------------ long lines


@pytest.mark.parametrize("array", [False, True], ids=["a line", "an element"])
@pytest.mark.parametrize("more", [0, 1, 3_000_000])
def test_of_a_line_too_long_the_beginning_is_kept_and_the_digest_of_all(log: EventLog, more: int, array: bool) -> None:
    line = b'{"a":"' + b"x" * (LONGEST_EVENT - 8 + more) + b'"}'
    data = b"[" + line + b"," + event(LAB) + b"]" if array else line + b"   \n" + event(LAB)
    batches = list(read_batches(io.BytesIO(data)))
    verdicts = [verdict for batch in batches for verdict in Intake(log, now=lambda: NOW).take(batch)]
    assert [verdict.status for verdict in verdicts] == ["refused", "accepted"]
    (kept,) = quarantine.entries(log)
    assert kept.raw == line[:LONGEST_EVENT]
    assert kept.sha256 == hashlib.sha256(line).hexdigest()
    assert (f"{len(line)} bytes" in verdicts[0].errors[0].message) == bool(more)


def test_a_line_too_long_sent_again_is_refused_as_the_same_entry(log: EventLog) -> None:
    line = b'{"a":"' + b"x" * LONGEST_EVENT + b'"}'
    for _ in range(2):
        for batch in read_batches(io.BytesIO(line)):
            Intake(log, now=lambda: NOW).take(batch)
    ((number, verdict),) = quarantine.resend(log, [1], now=lambda: NOW)
    assert (number, verdict.status) == (1, "refused")
    assert "only its first" in verdict.errors[0].message
    assert [(entry.number, entry.times) for entry in quarantine.entries(log)] == [(1, 3)]


@pytest.mark.parametrize("blanks", [b" ", b"\t", b"\r", b" \t\r"])
def test_blanks_around_an_event_are_no_part_of_its_length(blanks: bytes) -> None:
    around = blanks * (LONGEST_EVENT // len(blanks) + 1)
    ((submission,),) = read_batches(io.BytesIO(around + event(LAB) + around + b"\n"))
    assert (submission.raw, submission.cut) == (event(LAB), None)


def test_a_line_of_blanks_between_two_words_is_hashed_whole() -> None:
    line = b"a" + b" " * (LONGEST_EVENT + 5) + b"b"
    ((submission,),) = read_batches(io.BytesIO(line + b"  \n"))
    assert submission.cut is not None
    assert (submission.cut.length, submission.sha256) == (len(line), hashlib.sha256(line).digest())


def test_a_batch_of_long_lines_holds_no_more_than_a_reading_and_an_event() -> None:
    line = b"x" * (LONGEST_EVENT // 2) + b"\n"
    sizes = [sum(len(each.raw) for each in batch) for batch in read_batches(io.BytesIO(line * 6))]
    assert max(sizes) <= LONGEST_EVENT + (1 << 20)


# ------------------------------------------------------------------------------------------ sent again


def test_sending_all_again_reads_each_entry_once_and_writes_in_batches(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 3 * quarantine.MOST_AT_ONCE + 1
    take(log, *(event(LAB, {"id": f"e{number}"}, value="NaN") for number in range(count)))
    asked: list[int] = []
    written: list[int] = []
    row, writing = log.recorder.quarantine_row, log.writing

    def counted_row(number: int) -> Any:
        asked.append(number)
        return row(number)

    def counted_writing() -> Any:
        written.append(len(asked))
        return writing()

    monkeypatch.setattr(log.recorder, "quarantine_row", counted_row)
    monkeypatch.setattr(log, "writing", counted_writing)
    sent = list(quarantine.resend(log, quarantine.numbers(log), now=lambda: NOW))
    assert [number for number, _ in sent] == asked == list(range(1, count + 1))
    assert len(written) == 4


def test_entries_sent_again_keep_their_order_over_imported_and_live_ones(log: EventLog) -> None:
    offer = event(OFFERED)
    take(log, offer)
    take(log, event(OFFERED, {"id": "o2", "subject": "offer/O2"}), imported=True)
    take(log, event(OFFERED, {"id": "o3", "subject": "offer/O3"}), event(DONOR))
    sent = list(quarantine.resend(log, [3, 1, 2, 3], now=lambda: NOW))
    assert [(number, verdict.status, verdict.position) for number, verdict in sent] == [
        (3, "accepted", 2), (1, "accepted", 3), (2, "accepted", 4)]  # fmt: skip


def test_a_batch_of_entries_is_bounded_by_their_bytes(log: EventLog) -> None:
    big = b"x" * (LONGEST_EVENT - 100)
    take(log, *(big + b"%d" % number for number in range(3)), *(b"small%d" % number for number in range(3)))
    sizes = [[len(kept.raw) for kept in batch] for batch in quarantine._batches(log, quarantine.numbers(log))]
    assert [len(batch) for batch in sizes] == [1, 1, 4]
    assert all(sum(batch) <= LONGEST_EVENT for batch in sizes)


# ------------------------------------------------------------------------------------------ real memory

CHILD = """
    import io, resource, sys
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
    from engine.intake.reading import read_batches
    from engine.intake.check import check

    class Endless(io.RawIOBase):
        left = 150
        def read1(self, size=-1):
            self.left -= 1
            return (begin if self.left == 149 else piece) if self.left >= 0 else b""

    begin, piece = {begin}, {piece} * (1 << 20)
    seen = 0
    for batch in read_batches(Endless()):
        for each in batch:
            seen += 1
            check(each.raw, imported=False)
    print(seen)
"""


@pytest.mark.parametrize(
    ("begin", "piece", "seen"),
    [
        pytest.param(b'["', b"x", 1, id="an array of one string"),
        pytest.param(b" ", b" ", 0, id="blanks"),
        pytest.param(b"x", b"x", 1, id="a line without end"),
        pytest.param(b"\n", b"\n", 0, id="blank lines"),
        pytest.param(b"[", b" ", 1, id="an empty array never closed"),
        pytest.param(b'{"a":"', b"x", 1, id="an object without end"),
        pytest.param(b"{}", b" ", 1, id="an object and blanks"),
    ][:: examples(7, 1)],
)
@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited by Linux alone")
def test_a_process_with_little_memory_reads_150_megabytes(begin: bytes, piece: bytes, seen: int) -> None:
    code = textwrap.dedent(CHILD).format(begin=begin, piece=piece)
    done = subprocess.run(
        [sys.executable, "-c", code, str(300 << 20)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(seen)), done.stderr[-500:]
