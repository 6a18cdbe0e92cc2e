"""What the tests of plausibility share: the codes and paths found about a fact of a log told in words."""

from engine.intake.plausibility.registry import notices_of
from engine.intake.plausibility.rule import Known
from engine.intake.verdicts import Notice
from tests.projections.support import Log

REGISTERED = "2024-01-10 09:00"


def registered(**fields: str) -> Log:
    """A log with candidate C1, a man of 44 years, 178 cm and 75 kg, recorded at the end of 2024."""
    log = Log()
    log.recorded = "2024-12-31T00:00:00.000000Z"
    log.registered("C1", REGISTERED, **fields)
    return log


def notices(log: Log, position: int) -> dict[str, Notice]:
    """What is found about the fact at a position as the whole log knows it, by code."""
    history = log.history()
    subject = history.of(log.events[position - 1]["subject"])
    return {notice.code: notice for notice in notices_of(subject.facts[position], subject, Known(history.of))}


def codes(log: Log, position: int) -> list[str]:
    """The codes of what is found about a fact."""
    return sorted(notices(log, position))
