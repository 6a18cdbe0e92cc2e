"""How an answer becomes bytes or a cell: the same on the command line, in a file and from the service."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal

import orjson


def short_figure(figure: str) -> str:
    """A figure of a table without its trailing zeros; the document has all six decimals."""
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def percent_down(share: str) -> str:
    """A share in per cent to one decimal, rounded down: below a threshold it never looks as if it reached it."""
    return rounded_down(Decimal(share) * 100)


def rounded_down(figure: Decimal) -> str:
    """A figure to one decimal, rounded down: days to come that are over are below zero, by however little."""
    return str(figure.quantize(Decimal("0.1"), ROUND_FLOOR))


def document_bytes(document: object) -> bytes:
    """One JSON document, indented, its fields in their order, a line feed at its end."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def list_parts(head: Mapping[str, object], name: str, items: Iterable[object]) -> Iterator[bytes]:
    """The bytes of the document ``{**head, name: [*items]}``, an item at a time: a long list is never there at once."""
    end = b"]\n}\n"
    yield document_bytes({**head, name: []}).removesuffix(end)
    before = b"\n    "
    for item in items:
        yield before + orjson.dumps(item, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n    ")
        before, end = b",\n    ", b"\n  ]\n}\n"
    yield end


def line_bytes(document: object) -> bytes:
    """One JSON document on a line: a row of NDJSON."""
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
