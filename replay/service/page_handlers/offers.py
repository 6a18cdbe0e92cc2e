"""The pages of an offer and of a candidate's explanation."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from engine.errors import NoRunError, UnknownError
from engine.log.history import stored_instant
from replay.pages.error import why
from replay.pages.explanation import Against, explanation_content
from replay.pages.figures import Sheet
from replay.pages.offer import OPEN_STATES, Acted, Since, offer_content
from replay.reports.graft import graft_document, since_document, statuses_document
from replay.run.moments import offer_fact
from replay.service import own as narrow
from replay.service.answers import Answer
from replay.service.page_handlers.visit import Visit
from replay.service.persons import persons_in
from replay.service.rights import Reach, reach_of

RUN, EXPLANATION = "GET /offers/{}/match-run", "GET /offers/{}/candidates/{}/explanation"


def offer_page(visit: Visit) -> Answer:
    """An offer: its run as the decision knew it, or as known where the address says so; acts as known at the moment."""
    comparison = visit.compared(_run, f"offer/{visit.parts['offer']}")
    sides = [Acted(_graft(each), _is_made(each), _is_decided(each)) for each in (visit, visit.beside) if each]
    graft, is_made, _ = sides[0]
    asked = is_made and (graft["state"] in OPEN_STATES or "since" in visit.said)
    since = _since(visit, graft) if asked else Since()
    if is_made and graft["state"] in OPEN_STATES:
        since = replace(since, statuses=_statuses(visit, comparison.sides[0].sheet))
    whole = reach_of(visit.viewer, RUN) is Reach.WHOLE
    return visit.page("offer.html", **offer_content(visit.frame, comparison, sides, since, whole=whole))


def explanation_page(visit: Visit) -> Answer:
    """One candidate's score for a graft, line by line."""
    candidate = visit.parts["candidate"]
    comparison = visit.compared(_explanation, f"candidate/{candidate}", f"offer/{visit.parts['offer']}")
    content = explanation_content(visit.frame, comparison, candidate, _against(visit))
    return visit.page("explanation.html", **content)


def _against(visit: Visit) -> Against:
    """Another candidate's figures at the same offer, or why there are none."""
    name = visit.said.get("against")
    if name is None:
        return Against()
    try:
        return Against(visit.ask(EXPLANATION, {**visit.parts, "candidate": name}, **_known(visit)))
    except UnknownError as error:
        return Against(fault=why(error, visit.frame.words))


def _run(visit: Visit) -> Sheet:
    return visit.ask(RUN, visit.parts, **_known(visit))


def _explanation(visit: Visit) -> Sheet:
    return visit.ask(EXPLANATION, visit.parts, **_known(visit))


def _known(visit: Visit) -> dict[str, str]:
    """As the API is asked: known just before the offer, unless the address says otherwise."""
    return {"known_at": visit.said["known_at"]} if "known_at" in visit.said else {}


def _is_decided(visit: Visit) -> bool:
    """Whether the ranking shown is that of the decision, whatever the moment."""
    return "known_at" not in visit.said


def _is_made(visit: Visit) -> bool:
    """Whether the offer had been made at the visit's moment, and was known."""
    with visit.desk.asking(visit.question) as asked:
        fact = offer_fact(asked.log, visit.parts["offer"])
    return fact.instant <= stored_instant(visit.clocks.at) and fact.position <= visit.clocks.known_at


def _graft(visit: Visit) -> dict[str, Any]:
    """What there is beside the run as the decision knew it, narrowed to what the viewer may see."""
    offer, question = visit.parts["offer"], visit.asked(RUN, visit.parts)
    with visit.desk.asking(question) as asked:
        known = max(offer_fact(asked.log, offer).position, visit.clocks.known_at)
        decision = orjson.loads(visit.desk.run(asked, offer).body)
        found = graft_document(replace(asked, known_at=str(known)), offer, decision)
        own = visit.desk.own(asked, question, visit.viewer)
        shown = found if own is None else narrow.graft(found, own)
    visit.tell(persons_in(shown))
    return shown


def _since(visit: Visit, graft: Mapping[str, Any]) -> Since:
    """What is known at the moment, against what the decision knew."""
    then = visit.document(RUN, visit.parts)
    try:
        now = visit.document(RUN, visit.parts, known_at=str(graft["known_at"]))
    except NoRunError as error:
        return Since(problem=why(error, visit.frame.words))
    with visit.desk.asking(visit.question) as asked:
        found = since_document(asked, then, now)
    visit.tell(persons_in(found))
    return Since(found)


def _statuses(visit: Visit, run: Sheet | None) -> Mapping[str, str]:
    """Who of the ranking is not active any more at the moment."""
    names = [entry["candidate"] for entry in run["ranking"]] if run else []
    with visit.desk.asking(visit.question) as asked:
        return statuses_document(replace(asked, at=visit.clocks.at, known_at=str(visit.clocks.known_at)), names)


PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "page GET /offers/{}": offer_page,
    "page GET /offers/{}/candidates/{}": explanation_page,
}
