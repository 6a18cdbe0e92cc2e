"""What pages are made of beside the API's own requests: long work that a page starts, in a process of its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from replay.audit.quality import quality_by_centre
from replay.reports.acts import ActsReport
from replay.service.answers import Answer, document, places_of, told, unplaced
from replay.service.desk import Desk
from replay.service.handlers import quality_as
from replay.service.page_jobs import BY_CENTRE, IN_WORDS, VERIFY
from replay.service.questions import Question
from replay.service.viewer import Viewer


def verify(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """The document of ``verify``, by the keys that the service knows; the log is named to nobody.

    It is no request of the API: whoever has the file verifies it.
    """
    from replay.audit.verification.heads import Trust
    from replay.audit.verification.verify import verify_file

    trust = Trust(desk.keys, [])
    found = verify_file(desk.location, trust, desk.progress.tick, desk.progress.step)
    return document(unplaced(found.as_json(), *places_of(desk.location)))


def by_centre(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """What ``GET /quality`` answers, and of the same pass what it would answer for each centre."""
    return quality_as(quality_by_centre, desk, replace(question, route="GET /quality"), viewer)


def acts_in_words(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """What ``GET /acts`` answers, and of each finding what its sentence names: for sentences in any language."""
    with desk.asking(replace(question, route="GET /acts")) as asked:
        report = ActsReport(asked)
        offers: list[dict[str, Any]] = []
        details: dict[str, list[dict[str, Any]]] = {}
        for held in report.offers():
            offers.append(held.as_json())
            details[held.offer] = [{"details": dict(each.details), "against": each.against} for each in held.findings]
        return told({**report.head(), "offers": offers, "details": details})


WORKS: Mapping[str, Callable[[Desk, Question, Viewer], Answer]] = {
    VERIFY: verify,
    BY_CENTRE: by_centre,
    IN_WORDS: acts_in_words,
}
"""By the name under which a page's job asks for it."""
