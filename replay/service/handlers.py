"""What each reading request answers: the document functions of the reports, asked as the command line asks them.

Each handler is given the desk (the log, and what is asked of it), the question and who asks.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.errors import RequestError, UnknownError
from engine.intake import quarantine
from engine.log.beside import CHECKPOINTS
from engine.log.checkpoint import CheckpointFolder
from engine.log.proof_file import consistency_proof, inclusion_proof
from replay.audit.quality import quality
from replay.reports.acts import ActsReport
from replay.reports.audits import AuditReport, HindsightReport, sensitivity_table
from replay.reports.checkpoints import last_checkpoint
from replay.reports.course import course
from replay.reports.explain import explain
from replay.reports.lists import candidate_document, dated_list, worklist_document
from replay.reports.offers import offers_document
from replay.run.asked import Asked
from replay.service.answers import Answer, document
from replay.service.desk import Desk
from replay.service.pages import event_line
from replay.service.questions import Question, whole
from replay.service.viewer import Viewer

Handler: TypeAlias = Callable[[Desk, Question, Viewer], Answer]
_MOST = (1 << 63) - 1


def offers(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``offers``."""
    with desk.asking(question) as asked:
        return document(offers_document(asked))


def match_run(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``rank``."""
    with desk.asking(question) as asked:
        return desk.run(asked, question.parts["offer"])


def explanation(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``explain``."""
    with desk.asking(question) as asked:
        moment = asked.recalled_moment(question.parts["offer"])
        return document(explain(moment, question.parts["candidate"]).as_json())


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
        told = dossier_document(asked, question.parts["offer"], question.said.get("candidate"))
    if form == "json":
        return Answer(200, json_file(told))
    if form == "pdf":
        return Answer(200, pdf_file(told, language), "application/pdf")
    return Answer(200, html_file(told, language), "text/html; charset=utf-8")


def list_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``list``."""
    with desk.asking(question) as asked:
        return document(dated_list(asked).as_json())


def candidate(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``candidate``."""
    with desk.asking(question) as asked:
        return document(candidate_document(asked, question.parts["candidate"]))


def course_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``course``."""
    with desk.asking(question) as asked:
        return document(course(asked, question.parts["candidate"]).as_json())


def worklist(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``worklist``."""
    with desk.asking(question) as asked:
        return document(worklist_document(asked, question.parts["name"], question.said["centre"]))


def audit(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``audit``, and with a position known its hindsight."""
    with desk.asking(question) as asked:
        position = asked.position()
        report = AuditReport(asked) if position is None else HindsightReport(asked, position)
        for _ in report.findings():
            pass
        return document(report.as_json())


def acts(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``audit --acts``."""
    with desk.asking(question) as asked:
        report = ActsReport(asked)
        for _ in report.offers():
            pass
        return document(report.as_json())


def quality_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``quality``."""
    with desk.asking(question) as asked:
        return document(quality(asked, question.said.get("centre")))


def sensitivity(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``sensitivity``."""
    with desk.asking(question) as asked:
        return document([row.as_json() for row in sensitivity_table(asked, question.said.get("offer"))])


def event(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """One stored event, its bytes as they are."""
    with desk.asking(question) as asked:
        position = _number("position", question)
        row = asked.log.recorder.row(position)
        if row is None:
            raise UnknownError(f"position {position} is not in the log: its last position is {asked.log.head()}")
        asked.log.hold_recalled(position)
        return Answer(200, event_line(position, row[2]) + b"\n")


def quarantine_(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``quarantine list``."""
    with desk.asking(question) as asked:
        asked.log.hold_recalled(asked.log.head())
        return document([entry.as_json() for entry in quarantine.entries(asked.log)])


def checkpoint(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """The last checkpoint, as ``checkpoint`` told it when it was signed."""
    with desk.asking(question) as asked:
        asked.log.hold_recalled(asked.log.head())
        return document(last_checkpoint(_checkpoints(asked)))


def inclusion(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``prove inclusion``."""
    with desk.asking(question) as asked:
        position = _number("position", question)
        return document(inclusion_proof(asked.log, _checkpoints(asked), position))


def consistency(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """``prove consistency``."""
    with desk.asking(question) as asked:
        old, new = (question.whole(name, 0, 1, _MOST) for name in ("from", "to"))
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


def _number(name: str, question: Question) -> int:
    """A number in the path; what is none names nothing."""
    try:
        return whole(name, question.parts[name], 1, _MOST)
    except RequestError as error:
        raise UnknownError(str(error)) from None


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
    "GET /ready": ready,
}
"""By the route's name: every route whose work is done by another process."""
