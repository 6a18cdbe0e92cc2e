"""A result held against all that is known of it: which word is the later one."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from engine.intake.feeds.events import correction_of
from engine.intake.feeds.identity import fact_id, is_newer, is_older
from engine.intake.feeds.known import KnownFact, is_stored
from engine.intake.feeds.result import LabResult
from engine.intake.feeds.told import Statement, is_undated
from engine.log.history import Fact


class Case(NamedTuple):
    """A result of a candidate, and all that is known of it."""

    result: LabResult
    candidate: str
    known: list[KnownFact]
    living: KnownFact | None
    """The fact that stands: the candidate's own, else another's."""
    said: list[Statement]
    is_apart: bool
    """Whether what is known of other candidates is of other results: its own stands, or one message has both."""

    @property
    def is_late(self) -> bool:
        """Whether something later is known."""
        of = self.candidate if self.is_apart else None
        return is_late(self.result.version, versions_of(self.said, self.known, of))

    @property
    def is_new(self) -> bool:
        """Whether the result is surely later than all that is known of it."""
        return is_latest(self.result.version, versions_of(self.said, self.known, None))

    @property
    def is_undated(self) -> bool:
        """Whether the fact that stands may be the later word, for nobody knows of which version it is."""
        assert self.living is not None, "asked of a fact that stands"
        return is_undated(self.result.version, self.living, self.said)

    def new_id(self) -> str:
        """The id of its next fact."""
        assert self.result.stem is not None, "a result without an identity is no fact"
        candidate = self.candidate if self.result.by_patient else None
        mine = [each.number for each in self.known if candidate in (None, each.candidate)]
        return fact_id(self.result.stem, candidate, max(mine, default=0) + 1)

    def stored_so(self) -> KnownFact | None:
        """The candidate's fact that was stored first as the result states it, before any correction."""
        mine = (each for each in self.known if each.candidate == self.candidate)
        return next((each for each in mine if is_stored(self.result, each)), None)

    def says_again(self, first: KnownFact) -> bool:
        """Whether a result with what a fact said first is no new word: older than what is known, or of that version."""
        if self.is_late or first.fact is not None:
            return self.is_late
        mine = [each.version for each in self.said if each.what == "value" and each.candidate == self.candidate]
        return self.result.version in mine or not (mine or is_latest(self.result.version, first.versions))

    def corrected_so(self) -> Fact | None:
        """The correction by which a fact that was retracted since said so, in this very version."""
        gone = (each for each in self.known if each.fact is None and each.candidate == self.candidate)
        return next(
            (made for each in gone for made in each.amendments if made.id == correction_of(self.result, each)), None
        )

    def is_withdrawn(self, waiting: LabResult) -> bool:
        """Whether a preliminary result was withdrawn, and is not surely a later word."""
        gone = (each for each in self.said if each.what == "withdrawn" and each.candidate == self.candidate)
        return any(not is_newer(waiting.version, each.version) for each in gone)


def living_of(known: list[KnownFact], candidate: str) -> KnownFact | None:
    """The fact that stands: the candidate's own, else another's (one message may give two patients one number)."""
    standing = [each for each in known if each.fact is not None]
    own = [each for each in standing if each.candidate == candidate]
    return next(reversed(own or standing), None)


def versions_of(said: Iterable[Statement], known: Iterable[KnownFact], candidate: str | None) -> list[str]:
    """The versions that are known of a candidate's result, or of all (None)."""
    found = [each.version for each in said if each.version is not None and candidate in (None, each.candidate)]
    return found + [version for each in known if candidate in (None, each.candidate) for version in each.versions]


def is_late(version: str | None, known: Iterable[str]) -> bool:
    """Whether a version is surely older than one that is known."""
    return any(is_older(version, each) for each in known)


def is_latest(version: str | None, known: Collection[str]) -> bool:
    """Whether a version is surely later than all that are known, and some are."""
    return bool(known) and all(is_newer(version, each) for each in known)
