"""Answers held against the checkpoints beside the log: what one contradicts is said before anything is answered.

Whoever reads the events up to a position has them held against every checkpoint of at most so many events, and
against the first one after them, for which reading goes on: so no event that an answer stands on lies outside
what was signed, unless no later checkpoint is there. Import records and quarantine are held against all of them.
A note that is none, or that no known key signed where keys are known, binds nobody and is a contradiction itself,
as for ``snagc verify``.

Cryptography is imported where there is a checkpoint: a log without one is opened without it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol, TypeAlias

from engine.errors import BrokenLogError
from engine.log.beside import Folder
from engine.log.kept import Keeper, Kept, contradictions, kept_of
from engine.log.tree import TreeBuilder
from engine.text import counted

if TYPE_CHECKING:
    from engine.log.checkpoint import Checkpoint
    from engine.log.note import VerifierKey


class Rows(Keeper, Protocol):
    """What reads the log's rows; the engine's recorder does."""

    def rows(self, first: int = 1, last: int | None = None) -> Iterator[tuple[int, str, bytes]]:
        """Position, topic and stored bytes, in order."""


RootsOf: TypeAlias = Callable[[Collection[int]], Mapping[int, bytes]]
"""Gives the roots of some sizes, as far as there are so many events, and that of the last size there is."""


class Witness(NamedTuple):
    """A checkpoint beside the log: its file, what it states, and which known keys signed it."""

    file: str
    checkpoint: "Checkpoint"
    signed_by: tuple[str, ...]


def refuse(contradiction: str) -> NoReturn:
    """What is done about a contradiction unless somebody else takes care of it."""
    raise BrokenLogError(f"{contradiction}: run snagc verify; nothing was recorded or answered")


class Witnesses:
    """The checkpoints beside a log, read when first asked for and again when their folder changed."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.keys: Callable[[], Sequence[VerifierKey]] = tuple
        """The verifier keys that are known; asked only where there is a checkpoint."""
        self.doubt: Callable[[str], None] = refuse
        """Told of each contradiction once."""
        self.again = False
        """Whether it is told of a contradiction each time that it binds: by who answers many questions."""
        self.contradictions: list[str] = []
        """All that was found so far."""
        self._seen: object = None
        self._all: list[Witness] = []
        self._wrong: list[tuple[int | None, str]] = []
        """What the checkpoints contradict, and from which size on; None: whatever is asked."""
        self._unsaid: list[str] = []
        """What is wrong with the notes themselves."""
        self._unheld_lists = False
        self._held: set[int] = set()
        """The sizes whose roots were compared."""

    def sizes(self, last: int | None = None) -> tuple[int, ...]:
        """The sizes whose roots bind a reader of the events up to a position (of all where None), ascending."""
        self._read()
        sizes = sorted({witness.checkpoint.size for witness in self._all})
        if last is None:
            return tuple(sizes)
        within = [size for size in sizes if size <= last]
        after = [size for size in sizes if size > last][:1]
        return (*within, *(after if last not in within else ()))

    def forget(self) -> None:
        """Hold everything against the checkpoints again: what was held may no longer be what is there."""
        self._seen = object()

    def standing(self, last: int) -> Witness | None:
        """The newest checkpoint of at most so many events; where there is none, the first after them."""
        self._read()
        within = [witness for witness in self._all if witness.checkpoint.size <= last]
        return within[-1] if within else next(iter(self._all), None)

    def hold(self, last: int, rows: Rows, roots: Mapping[int, bytes], roots_of: RootsOf | None = None) -> None:
        """Hold the events up to a position, and what is kept beside them, against what binds their reader.

        ``roots`` are those already computed from these very rows, by size; the others ``roots_of`` gives, or they are
        computed here from all the rows.
        """
        binding = self.sizes(last)
        sizes = [size for size in binding if size not in self._held]
        found = dict(roots)
        missing = [size for size in sizes if size not in found]
        if missing:
            found |= _roots_of(rows, missing) if roots_of is None else roots_of(missing)
        bound = [each for each in self._all if each.checkpoint.size in sizes]
        differing = (each for each in bound if found.get(each.checkpoint.size) != each.checkpoint.root)
        wrong: list[tuple[int | None, str]] = [(None, said) for said in self._unsaid]
        wrong += [(each.checkpoint.size, _told(each, found)) for each in differing]
        if self._unheld_lists:
            wrong += [(None, said) for said in self._of_lists(rows)]
        self._unsaid, self._unheld_lists = [], False
        self._held.update(sizes)
        self._wrong += wrong
        self.contradictions += [said for _, said in wrong]
        for size, said in self._wrong if self.again else wrong:
            if size is None or size in binding:
                self.doubt(said)

    def hold_access(self, lines: Iterable[bytes]) -> None:
        """Hold access records against every checkpoint, for an answer that rests on them."""
        self._read()
        kept = Kept((), {}).with_access(lines)
        for witness in self._all:
            stated = witness.checkpoint
            for _, message in contradictions(kept, stated.size, stated.signed_lists, last=False):
                self.contradictions.append(f"{witness.file} {message}")
                self.doubt(self.contradictions[-1])

    def _of_lists(self, rows: Rows) -> Iterator[str]:
        kept = kept_of(rows)
        for witness, following in pairwise([*self._all, None]):
            assert witness is not None, "only what follows the last one is nothing"
            stated = witness.checkpoint
            last = following is None or following.checkpoint.size > stated.size
            for _, message in contradictions(kept, stated.size, stated.signed_lists, last=last):
                yield f"{witness.file} {message}"

    def _read(self) -> None:
        """Read the checkpoints, unless their folder is as it was."""
        mark = self._folder.mark()
        if mark == self._seen:
            return
        self._seen, self._all, self._unsaid, self._wrong, self._held = mark, [], [], [], set()
        if mark is None:
            return
        from engine.log.checkpoint import CheckpointFolder

        notes = CheckpointFolder(self._folder).notes()
        keys = tuple(self.keys()) if notes else ()
        for file in notes:
            try:
                self._all.append(Witness(file.name, *file.checked(keys)))
            except BrokenLogError as error:
                self._unsaid.append(str(error))
        self._all.sort(key=lambda witness: witness.checkpoint.order)
        self._unheld_lists = bool(self._all)


def _roots_of(rows: Rows, sizes: Collection[int]) -> dict[int, bytes]:
    tree = TreeBuilder(sizes)
    for _, _, state in rows.rows(1, max(sizes)):
        tree.add(state if isinstance(state, bytes) else str(state).encode("utf-8", "surrogateescape"))
    return tree.roots | {tree.size: tree.root()}


def _told(witness: Witness, roots: dict[int, bytes]) -> str:
    size = witness.checkpoint.size
    if size in roots:
        return f"{witness.file} signs another root for the first {size} events than this log has"
    return f"{witness.file} signs {counted(size, 'event')}, the log has {max(roots, default=0)}"
