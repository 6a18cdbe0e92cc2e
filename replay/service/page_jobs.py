"""Pages made of long work: which request of the API each is made of, how its job is found, started and stopped.

The job's question is the page's, as the API takes it; the page's own clock ``at`` is the last instant of the span where
no ``to`` is given. Where a span has no job of its own but the whole log has one that is done, the page is told of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from replay.pages.page import BESIDE, CLOCKS
from replay.service.answers import Problem
from replay.service.jobs import Job, Jobs, State
from replay.service.questions import Question
from replay.service.viewer import Viewer

SPAN = ("from", "to")
VERIFY, BY_CENTRE, IN_WORDS = "verify", "quality by centre", "acts in words"
"""Work that no request of the API asks for (``replay.service.page_works``)."""
START, STOP, SIDE = "start", "stop", "beside"
"""What the form of such a page may ask."""


@dataclass(frozen=True, slots=True)
class Made:
    """The work a page is made of: a request, what it takes of the page's query, what it says otherwise."""

    request: str
    takes: tuple[str, ...] = ()
    otherwise: Mapping[str, str] = field(default_factory=dict)

    def question(self, said: Mapping[str, str]) -> Question:
        """The question that a page's query asks."""
        taken = {name: said[name] for name in self.takes if name in said}
        if "to" in self.takes and "to" not in said and "at" in said:
            taken["to"] = said["at"]
        if "known_at" in self.takes and "known_at" not in {**self.otherwise, **taken} and "at" in said:
            taken["known_at"] = said["at"]  # as on every page: what was known then
        return Question(self.request, {}, {**self.otherwise, **taken})


MADE = MappingProxyType(
    {
        "page GET /audit": Made("GET /audit", SPAN),
        "page GET /hindsight": Made("GET /audit", (*SPAN, "known_at"), {"known_at": "now"}),
        "page GET /acts": Made(IN_WORDS, (*SPAN, "known_at")),
        "page GET /quality": Made(BY_CENTRE, (*SPAN, "known_at", "centre")),
        "page GET /sensitivity": Made("GET /sensitivity", (*SPAN, "offer")),
        "page GET /integrity": Made(VERIFY),
    }
)
"""By the name of the page."""


def beside(said: Mapping[str, str]) -> dict[str, str] | None:
    """The query of the same page at the other moment that is to be laid beside it; None where none is."""
    if not any(name in said for name in BESIDE):
        return None
    other = {name: said[f"beside_{name}"] for name in CLOCKS if f"beside_{name}" in said}
    if "at" in said:
        other.setdefault("at", said["at"])
    return {**{name: value for name, value in said.items() if name not in (*CLOCKS, *BESIDE)}, **other}


class Told(NamedTuple):
    """What the process that draws a page is told of its job: in a header, and the document where there is one."""

    header: dict[str, Any]
    body: bytes


def told(jobs: Jobs, asked: Question, viewer: Viewer) -> Told:
    """What there is to tell of a page's job and, under ``beside``, of the one laid beside it, whose body follows."""
    here, other = _told(jobs, MADE[asked.route], asked.said, viewer), beside(asked.said)
    if other is None:
        return here
    there = _told(jobs, MADE[asked.route], other, viewer)
    return Told({**here.header, "beside": {**there.header, "length": len(there.body)}}, here.body + there.body)


def _told(jobs: Jobs, made: Made, asked: Mapping[str, str], viewer: Viewer) -> Told:
    question = made.question(asked)
    job, said = jobs.of(question, viewer), dict(question.said)
    if job is None or job.answer is None:
        whole = Question(made.request, {}, {name: value for name, value in question.said.items() if name not in SPAN})
        of_whole = jobs.of(whole, viewer)
        if of_whole is not None and of_whole.state is State.DONE and (job is None or job.state is not State.RUNNING):
            job, said = of_whole, dict(whole.said)
    return Told({"request": made.request, "said": said, **_as_json(job)}, _body(job))


def turn(jobs: Jobs, asked: Question, viewer: Viewer, fields: Mapping[str, str], head: int) -> None:
    """Start or stop the job of a page, or the one laid beside it, as its form says."""
    what, said = fields.get("do", ""), beside(asked.said) if fields.get("side") == SIDE else None
    question = MADE[asked.route].question(asked.said if said is None else said)
    if what == START:
        jobs.start(question, viewer, head)
    elif what == STOP:
        jobs.stop(question, viewer)
    else:
        raise Problem(400, f"do {what[:20]!r}: a form of this page says {START} or {STOP}")


def _as_json(job: Job | None) -> dict[str, Any]:
    if job is None:
        return {"state": "none"}
    persons = [] if job.answer is None else [list(names) for names in job.answer.persons]
    return {"state": job.state.value, **job.reached._asdict(), "head": job.head, "persons": persons}


def _body(job: Job | None) -> bytes:
    return b"" if job is None or job.answer is None else job.answer.body
