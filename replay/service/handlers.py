"""What each reading request answers: the document functions of the reports, asked as the command line asks them.

Each handler is given the desk (the log, and what is asked of it), the question and who asks.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from engine.errors import RequestError, UnknownError
from engine.events.canonical import StrictJsonError, canonical_json, read_strict
from engine.events.upcasts import read_stored
from engine.log.beside import CHECKPOINTS
from engine.log.checkpoint import CheckpointFolder
from engine.log.recorder import HIGHEST
from replay.audit.quality import quality
from replay.reports.access import access_document
from replay.reports.acts import ActsReport
from replay.reports.audits import AuditReport, HindsightReport, sensitivity_table
from replay.reports.checkpoints import last_checkpoint
from replay.reports.course import course
from replay.reports.explain import explain
from replay.reports.lists import DatedList, candidate_document, dated_list, worklist_of
from replay.reports.offers import offers_document
from replay.run.asked import Asked
from replay.service import own as narrow
from replay.service.answers import Answer, document, told
from replay.service.desk import Desk
from replay.service.own import Own
from replay.service.pages import event_line
from replay.service.persons import persons_in
from replay.service.questions import Question, whole
from replay.service.viewer import AUDITOR, Viewer

if TYPE_CHECKING:
    from engine.intake.quarantine import Quarantined

Handler: TypeAlias = Callable[[Desk, Question, Viewer], Answer]


def offers(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``offers``."""
    with desk.asking(question) as asked:
        own, found = desk.own(asked, question, viewer), offers_document(asked)
        return told(found if own is None else narrow.offers(found, own))


def match_run(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``rank``."""
    with desk.asking(question) as asked:
        answer, own = desk.run(asked, question.parts["offer"]), desk.own(asked, question, viewer)
        return answer if own is None else told(narrow.run(orjson.loads(answer.body), own))


def explanation(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``explain``."""
    with desk.asking(question) as asked:
        own = _checked(desk, asked, question, viewer)
        moment = asked.recalled_moment(question.parts["offer"])
        found = explain(moment, question.parts["candidate"]).as_json()
        return told(found if own is None else narrow.explanation(found, own))


def dossier(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``dossier``."""
    from replay.reports.dossier.asking import dossier_document
    from replay.reports.dossier.files import html_file, json_file, pdf_file

    language, form = question.said.get("lang", "fr"), question.said.get("format", "html")
    if language not in ("fr", "en"):
        raise RequestError(f"lang {language!r}: there are fr and en")
    if form not in ("html", "pdf", "json"):
        raise RequestError(f"format {form!r}: there are html, pdf and json")
    with desk.asking(question) as asked:
        own, candidate = desk.own(asked, question, viewer), question.said.get("candidate")
        if own is not None:
            if candidate is None:
                raise RequestError("candidate is not named: name one of yours")
            own.check(candidate)
        found = dossier_document(asked, question.parts["offer"], candidate)
        found = found if own is None else narrow.dossier(found, own)
    answer = Answer(200, b"", persons=persons_in(found))
    if form == "json":
        return replace(answer, body=json_file(found))
    if form == "pdf":
        return replace(answer, body=pdf_file(found, language), media="application/pdf")
    return replace(answer, body=html_file(found, language), media="text/html; charset=utf-8")


def list_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``list``."""
    with desk.asking(question) as asked:
        return told(listed(desk, asked, question, viewer)[1])


def listed(
    desk: Desk, asked: Asked, question: Question, viewer: Viewer, *, alerts: bool = True
) -> tuple[DatedList, dict[str, Any]]:
    """The list with what it was made from, and its document as far as the viewer may see it."""
    own, found = desk.own(asked, question, viewer), dated_list(asked)
    document = found.as_json(alerts=alerts)
    return found, document if own is None else narrow.national_list(document, own)


def candidate(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``candidate``."""
    with desk.asking(question) as asked:
        own = _checked(desk, asked, question, viewer)
        found = candidate_document(asked, question.parts["candidate"])
        return told(found if own is None else narrow.without_others_ties(found, own))


def course_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``course``."""
    with desk.asking(question) as asked:
        _checked(desk, asked, question, viewer)
        return told(course(asked, question.parts["candidate"]).as_json())


def worklist(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``worklist``."""
    with desk.asking(question) as asked:
        return told(worklists(desk, asked, question, viewer, (question.parts["name"],))[1][0])


def worklists(
    desk: Desk, asked: Asked, question: Question, viewer: Viewer, names: Sequence[str]
) -> tuple[DatedList, list[dict[str, Any]]]:
    """Work lists of a centre, as far as the viewer may see them, and the list they are read off."""
    own, centre = desk.own(asked, question, viewer), question.said["centre"]
    if own is not None:
        own.check_centre(centre)
    found = dated_list(asked)
    documents = [worklist_of(found, name, centre) for name in names]
    return found, documents if own is None else [narrow.national_list(each, own) for each in documents]


def audit(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``audit``, and with a position known its hindsight."""
    with desk.asking(question) as asked:
        position = asked.position()
        report = AuditReport(asked) if position is None else HindsightReport(asked, position)
        for _ in report.findings():
            pass
        return told(report.as_json())


def acts(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``audit --acts``."""
    with desk.asking(question) as asked:
        return told(ActsReport(asked).as_json())


def quality_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``quality``."""
    return quality_as(quality, desk, question, viewer)


def quality_as(make: Callable[..., dict[str, Any]], desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """A document of data quality as far as the viewer may see it; ``make`` makes it."""
    with desk.asking(question) as asked:
        own, centre = desk.own(asked, question, viewer), question.said.get("centre")
        if own is not None and centre is not None:
            own.check_centre(centre)
        return document(make(asked, centre, None if own is None else own.has))


def sensitivity(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``sensitivity``."""
    with desk.asking(question) as asked:
        return told([row.as_json() for row in sensitivity_table(asked, question.said.get("offer"))])


def event(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """One stored event, its bytes as they are."""
    with desk.asking(question) as asked:
        position = _number("position", question)
        own, row = desk.own(asked, question, viewer), asked.log.recorder.row(position)
        stored = read_stored(row[2]) if row is not None else None
        if own is not None and (stored is None or not own.has_event(stored)):
            message = f"position {position} is not in the log, or is not yours"
            raise UnknownError(message, "position_own", position=position)
        if row is None or stored is None:
            head = asked.log.head()
            message = f"position {position} is not in the log: its last position is {head}"
            raise UnknownError(message, "position", position=position, head=head)
        asked.log.hold_recalled(position)
        seen = stored if own is None else own.shown(stored)
        state = row[2] if seen == stored else canonical_json(seen)
        return Answer(200, event_line(position, state) + b"\n", persons=persons_in(seen))


def quarantine_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``quarantine list``."""
    from engine.intake import quarantine  # what checks events takes a third of a reading process's start

    with desk.asking(question) as asked:
        asked.log.hold_recalled(asked.log.head())
        own = desk.own(asked, question, viewer)
        found = [each for each in quarantine.entries(asked.log) if own is None or own.has_entry(each)]
        return replace(document([each.as_json() for each in found]), persons=persons_in(_events_of(found)))


def checkpoint(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """The last checkpoint, as ``checkpoint`` told it when it was signed."""
    with desk.asking(question) as asked:
        asked.log.hold_recalled(asked.log.head())
        return document(last_checkpoint(_checkpoints(asked)))


def inclusion(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``prove inclusion``."""
    from engine.log.proof_file import inclusion_proof

    with desk.asking(question) as asked:
        position = _number("position", question)
        own = None if viewer.has(AUDITOR) else desk.own_of(asked, viewer)
        return _proof(own, inclusion_proof(asked.log, _checkpoints(asked), position))


def consistency(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``prove consistency``."""
    from engine.log.proof_file import consistency_proof

    with desk.asking(question) as asked:
        old, new = (question.whole(name, 0, 1, HIGHEST) for name in ("from", "to"))
        return document(consistency_proof(asked.log, _checkpoints(asked), old, new))


def ready(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """That the log can be read, and is what its checkpoints say."""
    with desk.asking(question) as asked:
        head = asked.log.head()
        asked.log.hold_recalled(head)
        content: dict[str, Any] = {"status": "ready", "position": head}
        return document(content)


def _checkpoints(asked: Asked) -> CheckpointFolder:
    return CheckpointFolder(asked.log.store.folder(CHECKPOINTS))


def access(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``access``."""
    with desk.asking(question) as asked:
        return document(access_document(asked, question.said.get("candidate")))


def _checked(desk: Desk, asked: Asked, question: Question, viewer: Viewer) -> Own | None:
    """What is the viewer's own, once the candidate asked about is; None where all is."""
    own = desk.own(asked, question, viewer)
    if own is not None:
        own.check(question.parts["candidate"])
    return own


def _proof(own: Own | None, proof: dict[str, Any]) -> Answer:
    """A proof; whoever may not see the event is given all but it: its leaf hash stands for it."""
    event = orjson.loads(proof["event"])
    if own is not None and not (own.has_event(event) and own.shown(event) == event):
        return document({name: value for name, value in proof.items() if name != "event"})
    return replace(document(proof), persons=persons_in(event))


def _events_of(entries: "Sequence[Quarantined]") -> list[object]:
    """What entries hold that can be read as JSON."""
    found = []
    for entry in entries:
        with suppress(StrictJsonError):
            found.append(read_strict(entry.raw))
    return found


def _number(name: str, question: Question) -> int:
    """A number in the path; what is none names nothing."""
    try:
        return whole(name, question.parts[name], 1, HIGHEST)
    except RequestError as error:
        raise UnknownError(str(error), error.kind, **error.about) from None


HANDLERS: dict[str, Handler] = {
    "GET /offers": offers,
    "GET /offers/{}/match-run": match_run,
    "GET /offers/{}/candidates/{}/explanation": explanation,
    "GET /offers/{}/dossier": dossier,
    "GET /list": list_,
    "GET /candidates/{}": candidate,
    "GET /candidates/{}/course": course_,
    "GET /worklists/{}": worklist,
    "GET /audit": audit,
    "GET /acts": acts,
    "GET /quality": quality_,
    "GET /sensitivity": sensitivity,
    "GET /events/{}": event,
    "GET /quarantine": quarantine_,
    "GET /checkpoint": checkpoint,
    "GET /proofs/inclusion/{}": inclusion,
    "GET /proofs/consistency": consistency,
    "GET /access": access,
    "GET /ready": ready,
}
"""By the route's name: every route whose work is done by another process."""
