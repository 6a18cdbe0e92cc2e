"""Saved states: indexes of prefixes of a log, kept beside it in ``LOG.states/`` so that an answer need not read it all.

They are derived and may be deleted at any time; commands that read the log make them on their way. One is used only
where all is as it was when it was made: every byte of the file (a SHA-256 stands in its first line), the code that made
it, the shape of the log's tables, the imports up to there (each with the SHA-256 of its file) and the last event of its
prefix, whose recorded time no other live log has. Whatever is then read of a subject is held against the state too
(``Recollection``), so neither damage nor the states of another log change an answer. Who may write here can write a
state that hides a candidate, as who may write the log can: ``verify`` and ``audit`` never use one, and an audit tells.

A state lies at every so many positions, twice as many apart whenever there would be over ``MOST`` of them.
"""

import base64
import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Protocol

import orjson

from engine.errors import BrokenLogError, LogError
from engine.log.beside import Folder
from engine.log.index import CHAIN_BYTES, Index
from engine.log.recollection import Recollection
from engine.log.tree import TreeBuilder, leaf_hash

APART, MOST = 4096, 128
ENDING = ".state"
_MADE_BY = {
    "engine.log": ("states.py", "index.py", "recollection.py", "history.py", "tree.py"),
    "engine.events": ("upcasts.py", "subjects.py"),
}
"""What a state depends on: a change of one line refuses those made before."""


_FIRST_POSITION = 3
"""Where an import's row says its first position."""


class Reader(Protocol):
    """What reads the log's rows; the engine's recorder does."""

    def head(self) -> int:
        """The last position."""

    def rows(self, first: int = 1, last: int | None = None) -> Generator[tuple[int, str, bytes], None, None]:
        """Position, topic and stored bytes, in order."""

    def row(self, position: int) -> tuple[int, str, bytes] | None:
        """The event at a position."""

    def streams(self, subjects: Iterable[str], last: int) -> Iterator[tuple[str, list[tuple[int, str, bytes]]]]:
        """Each of some subjects with its rows up to a position."""

    def schema_cookie(self) -> object:
        """What changes with the shape of the tables."""

    def import_rows(self) -> list[tuple[Any, ...]]:
        """File SHA-256, instant, actor, first and last position of every import transaction, in order."""


class SavedStates:
    """The states beside a log."""

    def __init__(self, folder: Folder, rows: Reader) -> None:
        self.folder, self._rows = folder, rows
        self.apart = APART
        """How many events lie between two states, at the least."""

    def index(self, last: int, watched: tuple[int, ...], *, committed: bool = True) -> Index:
        """The index of the events up to a position, from the nearest state on; states passed on the way are kept.

        ``watched`` are the sizes whose roots will be asked for. Rows that are not ``committed`` leave no state.
        """
        index = self._nearest(last, watched) or Index(TreeBuilder(watched))
        apart = apart_for(self._rows.head(), self.apart)
        with closing(self._rows.rows(index.size + 1, last)) as rows:
            while index.size < last:
                before = index.size
                index.learn(islice(rows, apart - index.size % apart))
                if index.size == before:
                    raise BrokenLogError(f"position {before + 1} is missing from the log: run snagc verify")
                if committed and index.size % apart == 0:
                    self._keep(index, apart)
        return index

    def recollection(self, index: Index) -> Recollection:
        """What is known where an index ends."""
        return Recollection(index, self._rows.streams, self._doubt)

    def _doubt(self) -> None:
        """Something was read that no state was made of: the next answer shall begin without them."""
        with suppress(LogError):
            self.forget()

    def forget(self) -> None:
        """Delete all of them."""
        for name in self._names().values():
            self.folder.remove(name)

    def _names(self) -> dict[int, str]:
        """By position."""
        return {position: name for name in self.folder.names() if (position := position_of_state(name)) is not None}

    def _nearest(self, last: int, watched: tuple[int, ...]) -> Index | None:
        for position, name in sorted(self._names().items(), reverse=True):
            if position <= last:
                index = self._read(position, name, watched)
                if index is not None:
                    return index
        return None

    def _read(self, position: int, name: str, watched: tuple[int, ...]) -> Index | None:
        """The index of a state; None where it is damaged, or made of another log or by other code."""
        try:
            checksum, _, body = (self.folder.read(name) or b"").partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != checksum:
                return None
            document = orjson.loads(body)
            if document["position"] != position or document["stands_on"] != self._stands_on(position):
                return None
            return _index_of(document, watched)
        except (LogError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _stands_on(self, position: int) -> dict[str, Any] | None:
        """What must be as it was: the code, the shape of the tables, the imports so far, the last event."""
        row = self._rows.row(position)
        if row is None or not isinstance(row[2], bytes):
            return None
        imports = [list(each) for each in self._rows.import_rows() if each[_FIRST_POSITION] <= position]
        return {
            "code": code_digest(),
            "tables": self._rows.schema_cookie(),
            "imports": hashlib.sha256(orjson.dumps(imports)).hexdigest(),
            "last": leaf_hash(row[2]).hex(),
        }

    def _keep(self, index: Index, apart: int) -> None:
        """Write a state, and delete those that lie too near to each other; where that cannot be, go on without."""
        index.settle(self.recollection(index).of)
        document = {"position": index.size, "stands_on": self._stands_on(index.size), **_document_of(index)}
        body = orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
        checksum = hashlib.sha256(body).hexdigest().encode()
        try:
            self.folder.keep(f"{index.size:012}{ENDING}", checksum + b"\n" + body, lasting=False)
            for position, name in self._names().items():
                if position % apart:
                    self.folder.remove(name)
        except LogError:
            return


def position_of_state(name: str) -> int | None:
    """The position that the name of a state tells; None for another name."""
    stem = name.removesuffix(ENDING)
    return int(stem) if name.endswith(ENDING) and stem.isascii() and stem.isdigit() else None


def apart_for(head: int, apart: int) -> int:
    """How many events lie between two states of a log: ``apart``, doubled until there are not too many."""
    while head // apart > MOST:
        apart *= 2
    return apart


@cache
def code_digest() -> str:
    """SHA-256 of the source that makes states."""
    found = hashlib.sha256()
    for package, files in _MADE_BY.items():
        for name in files:
            found.update(resources.files(package).joinpath(name).read_bytes())
    return found.hexdigest()


def _document_of(index: Index) -> dict[str, Any]:
    tree = index.tree
    return {
        "root": tree.root().hex(),
        "subtrees": [subtree.hex() for subtree in tree.subtrees],
        "roots": {str(size): root.hex() for size, root in tree.roots.items()},
        "counter": index.counter,
        "subjects": list(index.chains),
        "chains": base64.b64encode(b"".join(index.chains.values())).decode(),
        "turns": index.turns,
    }


def _index_of(document: dict[str, Any], watched: tuple[int, ...]) -> Index:
    tree = TreeBuilder.resumed(document["position"], [bytes.fromhex(each) for each in document["subtrees"]], watched)
    tree.roots = {int(size): bytes.fromhex(root) for size, root in document["roots"].items()}
    index = Index(tree)
    for name, kind in (("subjects", list), ("turns", dict), ("counter", int)):
        if not isinstance(document[name], kind):
            raise TypeError(f"{name} are no {kind.__name__}")
    chains = base64.b64decode(document["chains"])
    parts = (chains[place : place + CHAIN_BYTES] for place in range(0, len(chains), CHAIN_BYTES))
    index.chains = dict(zip(document["subjects"], parts, strict=True))
    index.turns = document["turns"]
    index.counter = document["counter"]
    return index
