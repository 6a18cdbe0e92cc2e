"""Patients whom the mapping does not know, where a feed carries a whole hospital: counted, and not kept.

What is said of a result that is known of somebody in the mapping is another matter, whoever it is said to be of: passed
over, it would leave standing what the laboratory took back. It is refused, as all strangers are elsewhere.
"""

import hashlib
from collections.abc import Collection, Iterable

from engine.intake.feeds.case import is_late, versions_of
from engine.intake.feeds.identity import is_within, stem_in
from engine.intake.feeds.known import KnownFact, facts_of, facts_under
from engine.intake.feeds.patients import Patients, Who
from engine.intake.feeds.result import LabResult, Message, Withdrawal
from engine.intake.feeds.told import Statement, Told
from engine.intake.verdicts import Fault
from engine.log.eventlog import WriteSession

PASSED_OVER = "a patient whom the mapping does not know: counted, not kept"
NOT_KEPT = Fault(
    "patient",
    "a patient whom the mapping does not know stands in it too, so its bytes are not kept: mend it, and send it anew",
)
"""Of a message that is refused for somebody else's result."""
KNOWN_OF_ANOTHER = "it is known of somebody in the mapping, and this patient is not: add them, or send it with that one"


def instead_of(raw: bytes) -> bytes:
    """What the quarantine keeps in the place of a message in which a stranger stands: which one it was."""
    sha256 = hashlib.sha256(raw).hexdigest()
    return f"not kept, for somebody unknown stands in it: a message of {len(raw)} bytes, SHA-256 {sha256}".encode()


class Strangers:
    """Who of one message is passed over, within the transaction that takes it in; nobody unless ``ignored``."""

    def __init__(
        self, session: WriteSession, patients: Patients, told: Told, message: Message, *, ignored: bool
    ) -> None:
        self._session, self._patients, self._told, self._ignored = session, patients, told, ignored
        people = message.patients
        self._alone = bool(people) and not message.is_unclear and people.isdisjoint(patients.known)
        self.met = 0
        """How many parts were passed over."""

    def has_part(self) -> bool:
        """Whether a part that is no result is passed over: its message is of nobody else."""
        passes = self._ignored and self._alone
        self.met += passes
        return passes

    def has_result(self, result: LabResult, who: Who, apart: Collection[str]) -> bool:
        """Whether a result is passed over; ``apart``: who has one of its number in this message, and keeps it."""
        passes = self._ignored and who.unknown and not self.is_of_another(result, apart)
        self.met += passes
        return passes

    def is_of_another(self, result: LabResult, apart: Collection[str]) -> bool:
        """Whether what is known under its identity, of somebody in the mapping, would stand against its word."""
        if result.standing == "preliminary" or result.source is None or result.stem is None:
            return False
        source, stem = result.source, result.stem
        known = facts_of(self._session, source, stem, by_patient=result.by_patient)
        said = self._told.of(source, stem) if result.by_patient else self._told.of_result(source, stem)
        others = (each for each in known if each.candidate not in apart)
        return any(self._stands(each, source, stem, result.version, said) for each in others)

    def has_document(self, item: Withdrawal, who: Who) -> bool:
        """Whether it is a stranger's document that takes back nothing known of somebody in the mapping."""
        if not (self._ignored and who.unknown):
            return False
        under = facts_under(self._session, item.source, item.stem)
        lacked = [
            each for id_, each in under
            if is_within(id_, item.stem, item.parts) and not any(is_within(id_, stem, range(1)) for stem in item.kept)
        ]  # fmt: skip
        return not any(
            self._stands(
                each, item.source, stem_in(each.id), item.version, self._told.of(item.source, stem_in(each.id))
            )
            for each in lacked
        )

    def _stands(self, known: KnownFact, source: str, stem: str, version: str | None, said: Iterable[Statement]) -> bool:
        """Whether a fact of somebody in the mapping stands that is not surely the later word."""
        if known.fact is None or not self._patients.has(known.candidate):
            return False
        noted = self._told.of_fact(list(said), source, stem, known, version)
        return not is_late(version, versions_of(noted, [known], None))
