"""Every request the service answers, in one table: the application, the OpenAPI document and the page are made of it.

What no row lists is 404 (or 405). Who may make a request stands in ``replay.service.rights``, under the same name.
"""

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from replay.service.rights import request_of

BASE = "/api/v1"


class Work(Enum):
    """How a request is answered."""

    AT_ONCE = "from memory, by the event loop"
    READ = "by a reading process"
    LONG = "by a process of its own time, ended when the client goes or time is up"
    WRITE = "by the one writer, after its commit"
    FOLLOW = "when there is something to tell"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a request may say behind its ``?``: once, or again and again where ``many``."""

    name: str
    meaning: str
    kind: str = "text"
    """``text``, ``time`` (as on the command line), ``whole`` (a whole number)."""
    required: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries, and what it is."""

    media: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Route:
    """One request: what it answers, how, what it may say and carry, and which statuses it has beside its faults."""

    method: str
    path: str
    """Below ``BASE``, with ``{name}`` for each part that varies."""
    summary: str
    work: Work
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    answers: tuple[tuple[int, str], ...] = ((200, "the document"),)
    medias: tuple[str, ...] = ("application/json",)
    faults: tuple[int, ...] = ()
    """Statuses of problems that only this request has."""
    others: bool = False
    """Whether others write its query, who may say more than is read."""
    name: str = field(init=False)
    """As the table of rights has it: ``GET /offers/{}/match-run``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", request_of(self.method, self.path))


AT = Parameter("at", "the instant; the present where absent", "time")
KNOWN_AT = Parameter("known_at", "a position, `now`, or a time: what was known then", "time")
FROM = Parameter("from", "from this instant on, or the first of this day", "time")
TO = Parameter("to", "up to this instant, or the last of this day", "time")
RULESET = Parameter("ruleset", "another rule set than the one in force, by its id")
READINGS = Parameter("readings", "a reading of the guide other than the default, `name=value`", many=True)
SPAN, ASKED = (FROM, TO), (KNOWN_AT, RULESET, READINGS)
JSON, NDJSON = "application/json", "application/x-ndjson"
EVENT, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
FHIR, HL7 = "application/fhir+json", "application/hl7-v2"

ROUTES = (
    Route(
        "POST", "/events", "send one event, or many", Work.WRITE,
        bodies=(
            Body(EVENT, "one event"), Body(BATCH, "a JSON array of events"), Body(NDJSON, "events, one a line"),
        ),
        answers=(
            (201, "accepted: the verdict"),
            (200, "duplicate: the verdict; of a batch or of lines: `{\"verdicts\": […]}`, one for each event"),
        ),
        faults=(400, 408, 409, 413, 415, 422),
    ),
    Route(
        "POST", "/feeds/fhir", "send laboratory results as FHIR R4 resources", Work.WRITE,
        bodies=(Body(FHIR, "a resource, or several one after another"),),
        answers=((200, "`{\"verdicts\": […]}`, one for each event"),), faults=(408, 413, 415),
    ),
    Route(
        "POST", "/feeds/hl7v2", "send laboratory results as HL7 v2: ORU^R01, or MDM with a CDA report", Work.WRITE,
        bodies=(Body(HL7, "a message, or several"),),
        answers=((200, "an acknowledgement for each message; verdicts where JSON is asked for"),),
        medias=(HL7, JSON), faults=(408, 413, 415),
    ),
    Route(
        "POST", "/offers", "offer a graft now: the offer and its match run are recorded", Work.WRITE,
        bodies=(Body(JSON, '`{"offer", "donor", "time"?}`'),),
        answers=((201, "the match run, recorded with the offer"), (200, "the same offer again: its first run")),
        faults=(408, 409, 413, 415, 422),
    ),
    Route("GET", "/offers", "the offers in order with their state", Work.READ, (*SPAN, KNOWN_AT)),
    Route("GET", "/offers/{offer}/match-run", "the match run of an offer", Work.READ, ASKED, faults=(404,)),
    Route(
        "GET", "/offers/{offer}/candidates/{candidate}/explanation", "every intermediate value of a score", Work.READ,
        ASKED, faults=(404,),
    ),
    Route(
        "GET", "/offers/{offer}/dossier", "an allocation laid open in one file", Work.LONG,
        (
            Parameter("candidate", "whose; the first ranked where absent"),
            Parameter("lang", "`fr` (default) or `en`"),
            Parameter("format", "`html` (default), `pdf` or `json`"),
            KNOWN_AT,
        ),
        answers=((200, "the file"),), medias=("text/html", "application/pdf", JSON), faults=(404,),
    ),
    Route("GET", "/list", "the national list without a donor", Work.READ, (AT, *ASKED)),
    Route("GET", "/candidates/{candidate}", "a candidate's score panel", Work.READ, (AT, *ASKED), faults=(404,)),
    Route(
        "GET", "/candidates/{candidate}/course", "a candidate's points through time", Work.READ, (*SPAN, *ASKED),
        faults=(404,),
    ),
    Route(
        "GET", "/worklists/{name}", "a team's work list: score, labs, survival or ineligible", Work.READ,
        (Parameter("centre", "FINESS number of the centre", required=True), AT, *ASKED), faults=(404,),
    ),
    Route("GET", "/audit", "every offer replayed and held against its recorded run", Work.LONG, (*SPAN, KNOWN_AT)),
    Route("GET", "/acts", "the human acts of each offer held against its run", Work.LONG, (*SPAN, KNOWN_AT)),
    Route(
        "GET", "/quality", "every plausibility and data-quality rule over the log", Work.LONG,
        (*SPAN, Parameter("centre", "only the candidates of a centre"), KNOWN_AT), faults=(404,),
    ),
    Route(
        "GET", "/sensitivity", "what each alternative reading of the guide alone would change", Work.LONG,
        (Parameter("offer", "one offer; or a span"), *SPAN), faults=(404,),
    ),
    Route(
        "GET", "/events", "follow the log: stored events in order, none skipped, none twice", Work.FOLLOW,
        (
            Parameter("after", "the last position already had; 0 where absent", "whole"),
            Parameter("limit", "at most so many events: 1 to 1000, 100 where absent", "whole"),
            Parameter("wait", "seconds to wait where there is none yet: 0 to 60, 0 where absent", "whole"),
        ),
        answers=((200, '`{"events": [{"position", "event"}], "head"}`'),), faults=(409,),
    ),
    Route("GET", "/events/{position}", "the stored event at a position", Work.READ, faults=(404,)),
    Route("GET", "/quarantine", "refused inputs not yet taken, oldest first", Work.READ),
    Route(
        "POST", "/quarantine/{number}/resend", "send a refused input again, as it came", Work.WRITE,
        answers=((200, "its verdict"),), faults=(404, 408, 413),
    ),
    Route("GET", "/checkpoint", "the last signed checkpoint", Work.READ, faults=(404,)),
    Route(
        "GET", "/proofs/inclusion/{position}", "the proof that an event stands at its position", Work.READ,
        faults=(404,),
    ),
    Route(
        "GET", "/proofs/consistency", "the proof that a log is the beginning of a later one", Work.READ,
        (
            Parameter("from", "size of the older log", "whole", required=True),
            Parameter("to", "size of the later log", "whole", required=True),
        ),
    ),
    Route(
        "GET", "/access", "who read whose data", Work.LONG,
        (Parameter("candidate", "only reads that told of this candidate"), FROM, TO),
    ),
    Route("GET", "/health", "the process answers", Work.AT_ONCE),
    Route("GET", "/ready", "the log can be read", Work.READ),
    Route("GET", "/metrics", "Prometheus metrics", Work.AT_ONCE, medias=("text/plain",)),
    Route("GET", "/openapi.json", "this interface as OpenAPI", Work.AT_ONCE),
)  # fmt: skip

BY_NAME = MappingProxyType({route.name: route for route in ROUTES})
"""The routes by their name in the table of rights."""
