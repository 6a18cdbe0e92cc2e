"""The pages of whoever keeps the log: whether it is whole, and what was refused."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.errors import BrokenLogError, UnknownError
from engine.log.recorder import HIGHEST
from replay.pages.figures import Sheet
from replay.pages.integrity import integrity_content
from replay.pages.jobs import work_of
from replay.pages.quarantine import quarantine_content
from replay.service.answers import Answer
from replay.service.page_handlers.audits import made
from replay.service.page_handlers.visit import Visit


def integrity(visit: Visit) -> Answer:
    """Checkpoints, proofs to download, and ``verify`` with its steps as they are done."""
    header, document = made(visit)
    with visit.desk.asking(replace(visit.question, said={})) as asked:
        head = asked.log.head()
    work = work_of(header, head, "events", head if header["state"] == "running" else None, document)
    checkpoint, contradicted = _checkpoint(visit)
    verified = Sheet(visit.frame.words, document) if work.state == "done" else None
    return visit.page(
        "integrity.html", **integrity_content(visit.frame, work, checkpoint, verified, head),
        contradicted=contradicted,
    )  # fmt: skip


def _checkpoint(visit: Visit) -> tuple[Sheet | None, str | None]:
    """The last checkpoint, if any; or how the log contradicts one: the page is for that, too."""
    try:
        return visit.ask("GET /checkpoint"), None
    except UnknownError:
        return None, None
    except BrokenLogError as error:
        return None, str(error)


def quarantine(visit: Visit) -> Answer:
    """What was refused and not yet taken; or what came of one that was just sent again."""
    header = visit.known.header or {}
    if "verdicts" in header:
        title = visit.frame.words("quarantine", "resent")
        return visit.page("resent.html", title=title, verdicts=header["verdicts"])
    visit.question.whole("page", 1, 1, HIGHEST)
    entries = visit.document("GET /quarantine")
    sheets = [Sheet(visit.frame.words, entry, at=f"/{place}") for place, entry in enumerate(entries)]
    may = visit.may("POST /quarantine/{}/resend")
    return visit.page("quarantine.html", **quarantine_content(visit.frame, sheets, may_resend=may))


PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "page GET /integrity": integrity,
    "page GET /quarantine": quarantine,
}
