"""Random bytes and sound lines spoilt at random: exactly one verdict a submission, whatever comes."""

import io
import json
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.intake.reading import read_submissions
from tests.faults.hostile_support import DATA, before, event
from tests.intake.support import STATUSES, opened, positions, take
from tests.long import examples

Place: TypeAlias = tuple[str | int, ...]

EXAMPLES = settings(max_examples=examples(25, 400), deadline=None, derandomize=True, database=None)
BEFORE = tuple(dict.fromkeys(line for name in DATA for line in before(name)))
NAMES = st.sampled_from(sorted(DATA))
MODES = st.booleans()

# What producers' libraries write, and what breaks parsers; kept below the depth at which JSON itself gives up.
ODD_TEXTS = st.sampled_from(
    [
        *("", " ", "0", "-0", "05", "1e2", "1e999999999", "3.0", "NaN", "Infinity", "null", "true"),
        *("\x00", "\u2028", "é" * 121, "C1", "candidate/C1", "2024-02-01", "{why}", "%s"),
        *("9999-12-31T23:59:00-01:00", "0001-01-01T00:00:00+14:00", "2024-02-01T10:00:00Z"),
    ]
)
ODD_NUMBERS = st.sampled_from([0, -0.0, 1, -1, 1.5, 1e22, 1e300, 10**40, 2**63, True, False, None])
WHATEVER: st.SearchStrategy[Any] = st.recursive(
    ODD_TEXTS | ODD_NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def check(folder: Path, lines: tuple[bytes, ...], imported: bool) -> None:
    """One verdict a line, in order; the log as long as the accepted ones, without a gap."""
    path = folder / "log.db"
    with opened(path) as log:
        take(log, *BEFORE, imported=True)
        head = log.head()
        verdicts = take(log, *lines, imported=imported)
        assert [verdict.line for verdict in verdicts] == list(range(1, len(lines) + 1))
        assert {verdict.status for verdict in verdicts} <= set(STATUSES)
        for verdict in verdicts:
            json.dumps(verdict.as_json(), ensure_ascii=False).encode()
            assert bool(verdict.errors) == (verdict.status in ("refused", "conflict"))
        accepted = sum(verdict.status == "accepted" for verdict in verdicts)
        assert log.head() == head + accepted
        assert log.history().size == head + accepted
        assert positions(path) == list(range(1, log.head() + 1))


def _places(value: Any, here: Place = ()) -> list[Place]:
    """Every place in a document but its top."""
    steps: list[str | int] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    return [place for step in steps for place in ((*here, step), *_places(value[step], (*here, step)))]


def _at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


@st.composite
def mutated_documents(draw: st.DrawFn) -> bytes:
    """A sound event with up to three places deleted, replaced or doubled under another name."""
    document = json.loads(event(draw(NAMES), {"id": draw(st.sampled_from(["m1", "m2"]))}))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(document)
        if not places:
            break
        *way, step = draw(st.sampled_from(places))
        holder = _at(document, tuple(way))
        action = draw(st.sampled_from(["delete", "replace", "add"]))
        if action == "delete":
            del holder[step]
        elif action == "replace":
            holder[step] = draw(WHATEVER)
        elif isinstance(holder, dict):
            holder[draw(st.text(min_size=1, max_size=6))] = draw(WHATEVER)
    return json.dumps(document, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def mutated_bytes(draw: st.DrawFn) -> bytes:
    """A sound line with up to four bytes flipped, cut out, put in or swapped for a piece of another line."""
    line = bytearray(event(draw(NAMES), {"id": draw(st.sampled_from(["b1", "b2"]))}))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(line) - 1))
        action = draw(st.sampled_from(["flip", "cut", "insert", "graft"]))
        if action == "flip":
            line[at] ^= 1 << draw(st.integers(0, 7))
        elif action == "cut":
            del line[at : at + draw(st.integers(1, 5))]
        elif action == "insert":
            line[at:at] = draw(st.binary(min_size=1, max_size=4))
        else:
            other = event(draw(NAMES))
            start = draw(st.integers(0, len(other) - 1))
            line[at : at + 12] = other[start : start + 12]
        if not line:
            break
    return bytes(line)


class _Folders:
    """A folder of its own for each example."""

    def __init__(self, root: Path) -> None:
        self.root, self.count = root, 0

    def next(self) -> Path:
        self.count += 1
        folder = self.root / str(self.count)
        folder.mkdir()
        return folder


def test_random_bytes_get_exactly_one_verdict(tmp_path: Path) -> None:
    folders = _Folders(tmp_path)

    @EXAMPLES
    @given(lines=st.lists(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), min_size=1, max_size=5))
    def run(lines: list[bytes]) -> None:
        check(folders.next(), tuple(lines), imported=False)

    run()


def test_a_sound_event_with_fields_deleted_replaced_or_added_gets_exactly_one_verdict(tmp_path: Path) -> None:
    folders = _Folders(tmp_path)

    @EXAMPLES
    @given(lines=st.lists(mutated_documents(), min_size=1, max_size=12), imported=MODES)
    def run(lines: list[bytes], imported: bool) -> None:
        check(folders.next(), tuple(lines), imported)

    run()


def test_a_sound_line_with_bytes_flipped_cut_or_grafted_gets_exactly_one_verdict(tmp_path: Path) -> None:
    folders = _Folders(tmp_path)

    @EXAMPLES
    @given(lines=st.lists(mutated_bytes(), min_size=1, max_size=12), imported=MODES)
    def run(lines: list[bytes], imported: bool) -> None:
        check(folders.next(), tuple(lines), imported)

    run()


def test_a_file_of_random_bytes_is_read_to_its_end(tmp_path: Path) -> None:
    folders = _Folders(tmp_path)
    sound = event("candidate.suspended")
    pieces = st.sampled_from([b"[", b"]", b",", b"\n", b"\r\n", b" ", b"\xef\xbb\xbf", b'"', b"NaN", b"1", sound])

    @EXAMPLES
    @given(data=st.lists(pieces | st.binary(max_size=6), max_size=15).map(b"".join))
    def run(data: bytes) -> None:
        lines = tuple(submission.raw for submission in read_submissions(io.BytesIO(data)))
        check(folders.next(), lines, imported=False)

    run()
