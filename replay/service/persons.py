"""Whom an answer tells of: what an access record names."""

from collections.abc import Iterator
from typing import NamedTuple

_CANDIDATES = ("candidate", "first", "second")
_LISTS = ("accepted", "differing", "passed")


class Persons(NamedTuple):
    """Whom an answer tells of, by their ids, ascending."""

    candidates: tuple[str, ...] = ()
    donors: tuple[str, ...] = ()


def persons_in(document: object) -> Persons:
    """Whom a JSON document tells of: every field that names a candidate or a donor, however deep."""
    candidates, donors = set[str](), set[str]()
    for kind, name in _named(document):
        (candidates if kind == "candidate" else donors).add(name)
    return Persons(tuple(sorted(candidates)), tuple(sorted(donors)))


def _named(document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, list):
        for each in document:
            yield from _named(each)
    elif isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, dict | list):
                yield from _named(value)
                if name in _LISTS and isinstance(value, list):
                    yield from (("candidate", each) for each in value if isinstance(each, str))
            elif isinstance(value, str):
                yield from _of_field(name, value)


def _of_field(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name in _CANDIDATES:
        yield "candidate", value
    elif name == "donor":
        yield "donor", value
    elif name == "subject":
        kind, _, id_ = value.partition("/")
        if kind in ("candidate", "donor") and id_:
            yield kind, id_
