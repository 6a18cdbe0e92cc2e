"""What is said of verdicts to whoever hears them: the one place where a warning's words are given out.

A warning quotes what is known, which may be what its sender may not read. Code and path are for everybody; the words
are for those who may read what they tell of, and leave an access record then, as any read. A sender hears what would
be said by the facts that it may read; where that is nothing, what the code means, without a value, a date, a position
or a name. A refusal's words hold nothing of others: they tell of what was sent, and of events of its own source.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.intake.plausibility.registry import INTAKE_ONLY, MEANINGS
from engine.intake.verdicts import Notice, Verdict
from replay.service.persons import Persons, persons_in
from replay.service.rights import Reach, reach_of
from replay.service.viewer import AUDITOR, Viewer

WHOLE = "GET /candidates/{}/course"
"""Whoever may ask this of everybody may read what a warning tells of a candidate."""
UNREAD = "what it was held against is not yours to read"

Told = tuple[list[dict[str, Any]], Persons]
"""Verdicts as JSON, and whose facts they tell of beside what was sent."""


def said(verdicts: Sequence[Verdict], viewer: Viewer, *, sent: bool = True) -> Told:
    """Verdicts as they are said to a viewer; ``sent``: to the one under whose rights they were given."""
    told = [_narrowed(each, viewer, sent=sent) for each in verdicts]
    about = (subject for verdict in told for notice in verdict.warnings for subject in notice.about)
    return [each.as_json() for each in told], persons_in([{"subject": each} for each in dict.fromkeys(about)])


def unread(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as they are said to somebody who may read nothing."""
    return [_narrowed(each, Viewer("", ()), sent=False).as_json() for each in verdicts]


def _narrowed(verdict: Verdict, viewer: Viewer, *, sent: bool) -> Verdict:
    return verdict._replace(warnings=tuple(_heard(each, viewer, sent=sent) for each in verdict.warnings))


def _heard(notice: Notice, viewer: Viewer, *, sent: bool) -> Notice:
    """A warning in the words that a viewer may read, with whom else's facts these tell of."""
    if notice.code in INTAKE_ONLY:
        return notice
    words = notice.alone
    if _may_read(notice, viewer):
        words = notice.message
    elif sent and notice.own is not None:
        words = notice.own
    if words is None:
        words = f"{MEANINGS[notice.code].removesuffix('.')} ({UNREAD})"
        return replace(notice, message=words, about=())
    return replace(notice, message=words, about=() if words == notice.alone else _told_of(notice, words))


def _may_read(notice: Notice, viewer: Viewer) -> bool:
    """Whether a viewer may read whatever a warning tells of, and whose that is can be recorded.

    Words about a donor may hold the birth date, which is for auditors, and for coordination where it sent it.
    """
    if not notice.about or reach_of(viewer, WHOLE) is not Reach.WHOLE:
        return False
    return viewer.has(AUDITOR) or not notice.about[0].startswith("donor/")


def _told_of(notice: Notice, words: str) -> tuple[str, ...]:
    """The subject of a warning, and the others that its words name."""
    subject, *others = notice.about
    return (subject, *(each for each in others if each.partition("/")[2] in words))
