"""Requests that write: what is sent is read whole, handed to the one writer, and answered after its commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import orjson
from starlette.requests import Request

from engine.errors import RequestError, UnknownError
from engine.events.canonical import StrictJsonError, read_strict, shown
from engine.intake.feeds import formats
from engine.intake.feeds.acks import acknowledgements
from engine.intake.feeds.taking import Answer as Fed
from engine.intake.verdicts import Verdict
from engine.log.recorder import HIGHEST
from replay.run.offering import SOURCE, OfferRefusedError, OtherDonorError, hold_against_record
from replay.service import feeding, works
from replay.service.accepting import is_preferred
from replay.service.answers import Answer, Problem, document, line
from replay.service.bodies import kind_of_body, read_body
from replay.service.persons import Persons
from replay.service.questions import Question, whole
from replay.service.refusals import ForbiddenError
from replay.service.routes import BATCH, BY_NAME, EVENT, HL7, JSON, Route
from replay.service.said import said, unread
from replay.service.sending import Rights
from replay.service.service import Service, now
from replay.service.viewer import Viewer

Taker: TypeAlias = Callable[[Service, Route, Question, Viewer, Request], Awaitable[Answer]]
STATUSES = {"accepted": 201, "duplicate": 200, "conflict": 409, "refused": 422}
"""The status of the answer to a single event, by its verdict."""
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_FIRST = 4096
_OFFER = {"offer", "donor", "time"}


async def events(service: Service, route: Route, question: Question, viewer: Viewer, request: Request) -> Answer:
    """``POST /events``: one event, or many."""
    kind = kind_of_body(route, request.headers)
    with await _body(service, request) as body:
        if kind == EVENT:
            verdict: Verdict = await service.writer.do(works.single(body, Rights(viewer)))
            if verdict.forbidden:
                raise ForbiddenError("; ".join(f"{fault.path}: {fault.message}" for fault in verdict.errors))
            return _said([verdict], viewer, lambda told: line(told[0], STATUSES[verdict.status]))
        if kind == BATCH and not _is_array(body.read(_FIRST)):
            raise Problem(400, f"a batch is a JSON array of events: send [ … ], or one event as {EVENT}")
        body.seek(0)
        verdicts: list[Verdict] = await service.writer.do(works.batch(body, Rights(viewer), array=kind == BATCH))
    return await asyncio.to_thread(_said, verdicts, viewer, _line_of_all)


async def offers(service: Service, route: Route, question: Question, viewer: Viewer, request: Request) -> Answer:
    """``POST /offers``: a live offer, answered with its run."""
    kind_of_body(route, request.headers)
    with await _body(service, request) as body:
        asked = _offer(body.read())
    try:
        taken = await service.writer.do(
            works.offer(asked["donor"], asked["offer"], asked.get("time"), _of_offers(viewer))
        )
    except OtherDonorError as error:
        raise Problem(409, str(error)) from None
    except OfferRefusedError as error:
        raise Problem(422, str(error)) from None
    run = Question(BY_NAME["GET /offers/{}/match-run"].name, {"offer": asked["offer"]})
    found = await service.offering.answer(run, viewer)
    is_new = taken.verdict is not None and found.status == 200
    if is_new:
        hold_against_record(taken, orjson.loads(found.body)["digest"])
    return replace(found, status=201 if is_new else found.status)


async def fhir(service: Service, route: Route, question: Question, viewer: Viewer, request: Request) -> Answer:
    """``POST /feeds/fhir``: answered as a batch is."""
    return await asyncio.to_thread(_verdicts, await _fed(service, route, viewer, request, formats.FHIR), viewer)


async def hl7v2(service: Service, route: Route, question: Question, viewer: Viewer, request: Request) -> Answer:
    """``POST /feeds/hl7v2``: acknowledged, or answered as a batch where JSON is asked for."""
    answers = await _fed(service, route, viewer, request, formats.HL7V2)
    if is_preferred(JSON, HL7, request.headers.get("accept", "")):
        return await asyncio.to_thread(_verdicts, answers, viewer)
    return Answer(200, await asyncio.to_thread(acknowledgements, answers, now()), HL7)


async def _fed(service: Service, route: Route, viewer: Viewer, request: Request, format_: str) -> list[Fed]:
    kind_of_body(route, request.headers)
    with await _body(service, request) as body:
        work = feeding.feed(await asyncio.to_thread(body.read), format_, service.patients, Rights(viewer))
    answers: list[Fed] = await service.writer.do(work)
    return answers


def _verdicts(answers: list[Fed], viewer: Viewer) -> Answer:
    return _said([verdict for answer in answers for verdict in answer.verdicts], viewer, _line_of_all)


def _line_of_all(told: list[dict[str, Any]]) -> Answer:
    return line({"verdicts": told})


def _said(
    verdicts: Sequence[Verdict], viewer: Viewer, answer: Callable[[list[dict[str, Any]]], Answer], *, sent: bool = True
) -> Answer:
    """Verdicts as they are said to a viewer; where no record of that can be left, without what needs one."""
    told, persons = said(verdicts, viewer, sent=sent)
    if persons == Persons():
        return answer(told)
    return replace(answer(told), persons=persons, unrecorded=answer(unread(verdicts)))


async def resend(service: Service, route: Route, question: Question, viewer: Viewer, request: Request) -> Answer:
    """``POST /quarantine/{number}/resend``: as ``quarantine resend``."""
    (await _body(service, request)).close()
    found = await resent(service, question.parts["number"])
    numbers = [each for each, _ in found]
    return _said(
        [verdict for _, verdict in found], viewer, sent=False,
        answer=lambda told: document([{"number": each, **of_it} for each, of_it in zip(numbers, told, strict=True)]),
    )  # fmt: skip


async def resent(service: Service, number: str) -> list[tuple[int, Verdict]]:
    """The verdicts on a quarantined input that is sent again, each with its number."""
    try:
        found = whole("number", number, 1, HIGHEST)
    except RequestError as error:
        raise UnknownError(str(error), error.kind, **error.about) from None
    verdicts: list[tuple[int, Verdict]] = await service.writer.do(works.resend(found, service.patients))
    return verdicts


async def _body(service: Service, request: Request):  # type: ignore[no-untyped-def]
    limits = service.limits
    return await read_body(request.receive, request.headers, limits.body_bytes, limits.seconds)


def _of_offers(viewer: Viewer) -> Rights:
    """The rights under which a live offer is sent: its source is the service's own."""
    sources = None if viewer.sources is None else (*viewer.sources, SOURCE)
    return Rights(replace(viewer, sources=sources))


def _is_array(beginning: bytes) -> bool:
    return beginning.removeprefix(_BOM).lstrip(_BLANK).startswith(b"[")


def _offer(data: bytes) -> dict[str, str]:
    """What an offer says; 422 names everything wrong with it."""
    try:
        given = read_strict(data.removeprefix(_BOM).strip(_BLANK))
    except StrictJsonError as error:
        raise Problem(422, str(error)) from None
    if not isinstance(given, dict):
        raise Problem(422, f'{shown(given)} is not an object: send {{"offer", "donor", "time"?}}')
    given = {name: value for name, value in given.items() if value is not None}
    faults = [f"{shown(name)} is no field of an offer: take it out" for name in given if name not in _OFFER]
    faults += [f"{name} is required and missing: give it" for name in ("offer", "donor") if name not in given]
    faults += [
        f"{name} {shown(value)} is no text: send it in quotes"
        for name, value in given.items()
        if name in _OFFER and type(value) is not str
    ]
    if faults:
        raise Problem(422, "; ".join(faults))
    return given


TAKERS: dict[str, Taker] = {
    "POST /events": events,
    "POST /feeds/fhir": fhir,
    "POST /feeds/hl7v2": hl7v2,
    "POST /offers": offers,
    "POST /quarantine/{}/resend": resend,
}
"""By the route's name: every route that writes."""
