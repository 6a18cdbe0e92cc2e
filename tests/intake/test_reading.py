"""Reading a stream piece by piece: the same submissions however it is cut, and broken arrays judged up to the break."""

import io
import json
import pickle
from collections.abc import Iterator
from itertools import product

import pytest

from engine.intake.reading import read_batches, read_parts, read_submissions
from tests.faults.hostile_streams import STREAMS, Stream

BOM = b"\xef\xbb\xbf"


class Trickle(io.RawIOBase):
    """A stream that gives so many bytes at a time and no more."""

    def __init__(self, data: bytes, step: int) -> None:
        self._pieces = iter([data[at : at + step] for at in range(0, len(data), step)])

    def read1(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def read(data: bytes, step: int = 1 << 20, array: bool | None = None) -> list[tuple[int, bytes]]:
    return [(each.line, each.raw) for each in read_submissions(Trickle(data, step), array)]  # type: ignore[arg-type]


SMALL = [stream for stream in STREAMS if len(stream.build()) < 20_000]


@pytest.mark.parametrize("stream", SMALL, ids=[stream.name for stream in SMALL])
def test_a_file_reads_the_same_in_pieces_of_any_size(stream: Stream) -> None:
    whole = read(stream.build())
    for step in (1, 2, 3, 7, 64):
        assert read(stream.build(), step) == whole, step


@pytest.mark.parametrize("stream", SMALL, ids=[stream.name for stream in SMALL])
def test_a_long_file_reads_the_same_in_parts_that_travel(stream: Stream) -> None:
    whole = read(stream.build())
    for step, most in product((2, 64, 1 << 20), (1, 3, 8000)):
        parts = [pickle.loads(pickle.dumps(part)) for part in read_parts(Trickle(stream.build(), step), most)]  # type: ignore[arg-type]
        assert [(each.line, each.raw) for part in parts for each in part] == whole, (step, most)
        assert all(len([*part]) <= most for part in parts), (step, most)


def test_readings_of_few_long_lines_are_put_together_for_one_part() -> None:
    data = b"".join(b"%d %s\n" % (number, b"x" * 30) for number in range(100))
    parts = [*read_parts(Trickle(data, 200), 20)]  # type: ignore[arg-type]
    assert [submission.line for part in parts for submission in part] == [*range(1, 101)]
    assert len(parts) <= 8


ARRAYS: dict[bytes, list[bytes]] = {
    b"[]": [],
    b"[ \n ]": [],
    b"[1]": [b"1"],
    b' [ {"a":1} , {"b":[2,{}]} ] ': [b'{"a":1}', b'{"b":[2,{}]}'],
    b'["a,b]","\\"]","\\\\",{"k\\"":"}"}]': [b'"a,b]"', b'"\\"]"', b'"\\\\"', b'{"k\\"":"}"}'],
    '["é","\u2028","𝄞"]'.encode(): ['"é"'.encode(), '"\u2028"'.encode(), '"𝄞"'.encode()],
    b'["\xff",1]': [b'"\xff"', b"1"],
    b"[nonsense,,1]": [b"nonsense", b",1]"],
    b"[1,]": [b"1", b"]"],
    b"[,1]": [b",1]"],
    b"[1] 2": [b"1", b"2"],
    b"[][]": [b"[]"],
    b"[1,2": [b"1", b"2", b""],
    b"[1,": [b"1", b""],
    b"[": [b""],
    b'[{"a":1},{"b":': [b'{"a":1}', b'{"b":'],
    b'[1,"open]': [b"1", b'"open]'],
    b'[1,"open\\"]': [b"1", b'"open\\"]'],
    b"[{]},1]": [b"{]},1]"],
    b"[}, 1]": [b"}, 1]"],
    b"[1 2,3]": [b"1 2", b"3"],
    b"[[[[]]],[]]": [b"[[[]]]", b"[]"],
}


@pytest.mark.parametrize(("data", "elements"), ARRAYS.items(), ids=repr)
def test_an_array_is_cut_into_its_elements_to_the_byte(data: bytes, elements: list[bytes]) -> None:
    for step in (1, 2, 5, 1000):
        assert read(data, step) == list(enumerate(elements, 1)), step


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (BOM, []),
        (BOM[:2], [(1, BOM[:2])]),
        (BOM + b"\n a \n\n b", [(2, b"a"), (4, b"b")]),
        (b"\n\n \t\r\n a\n", [(4, b"a")]),
        (b"   \n  a  \r\n   b \t\n", [(2, b"a"), (3, b"b")]),
        (b"a b  c   \n", [(1, b"a b  c")]),
        (b"a\rb\n", [(1, b"a\rb")]),
        (b"\n\n[1,2]", [(1, b"1"), (2, b"2")]),
        (b"a\n[1,2]\n", [(1, b"a"), (2, b"[1,2]")]),
        (b"a\n" + BOM + b"b\n", [(1, b"a"), (2, BOM + b"b")]),
        (BOM + b"[1]", [(1, b"1")]),
    ],
    ids=repr,
)
def test_lines_keep_their_numbers_and_lose_the_blanks_at_their_ends(
    data: bytes, lines: list[tuple[int, bytes]]
) -> None:
    for step in (1, 3, 4, 1000):
        assert read(data, step) == lines, step


def test_a_large_array_gives_its_first_elements_before_its_last_is_there() -> None:
    first = b"[" + b",".join(b'{"n":%d}' % number for number in range(200_000))

    def pieces() -> Iterator[bytes]:
        yield first + b","
        raise AssertionError("nobody asked for more")

    stream = Trickle(b"", 1)
    stream._pieces = pieces()
    batches = read_batches(stream, 1000)  # type: ignore[arg-type]
    batch = next(batches)
    assert [json.loads(each.raw)["n"] for each in batch] == list(range(1000))


@pytest.mark.parametrize("text", [b'"\\\\"', b'"\\""', b'"a\\\\\\"b"', b'"\\u00e9"', b'"[{,"', b'"]"'], ids=repr)
def test_a_string_cut_anywhere_inside_an_escape_goes_on_in_the_next_piece(text: bytes) -> None:
    data = b"[" + text + b",1]"
    assert all(read(data, step) == [(1, text), (2, b"1")] for step in range(1, len(data)))


@pytest.mark.parametrize("bad", [b"[]", b"[ ] ", b"[1]", b"[[[", b"[x", b"[null", b'["a"', b"[]]", b"[1] 2]"])
def test_a_first_line_that_begins_with_a_bracket_stops_no_line_after_it(bad: bytes) -> None:
    data = b"\n" + bad + b'\n{"a":1}\r\n\n{"b":2}\n'
    for step in range(1, len(data) + 1):
        found = [raw for _, raw in read(data, step)]
        assert len(found) >= 3
        assert found[-2:] == [b'{"a":1}', b'{"b":2}'], step
        assert read(data, step, array=False) == [(2, bad.strip()), (3, b'{"a":1}'), (5, b'{"b":2}')]


def test_an_array_whose_first_element_is_no_event_is_an_array_on_one_line_or_on_many() -> None:
    for data in (b'[null,{"a":1}]\n', b'[\n null,\n {"a":1}\n]\n', b'[null,\n{"a":1}]'):
        assert all([raw for _, raw in read(data, step)] == [b"null", b'{"a":1}'] for step in range(1, len(data) + 1))


def test_what_is_said_to_be_lines_is_read_by_lines() -> None:
    assert read(b'[{"a":1}]\n{"b":2}', array=False) == [(1, b'[{"a":1}]'), (2, b'{"b":2}')]


def test_what_follows_an_array_is_read_by_lines() -> None:
    data = b'[{"a":1},\n{"b":2}]\n{"c":3}\n\n{"d":4}'
    for step in range(1, len(data) + 1):
        assert read(data, step) == [(1, b'{"a":1}'), (2, b'{"b":2}'), (3, b'{"c":3}'), (5, b'{"d":4}')], step
