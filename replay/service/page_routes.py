"""Every page, in one table beside that of the API's requests: pages stand under ``/``, the API under ``/api/v1``.

A page is made of the API's own answers: ``needs`` names the requests of which the viewer must be allowed one for the
page to be theirs at all (``replay.service.rights``); parts of it that they may not ask for are left out. A page that
needs nothing is for everybody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

from replay.service.access import UNRECORDED, WHERE_TOLD
from replay.service.rights import Reach, reach_of, request_of
from replay.service.routes import AT, KNOWN_AT, SPAN, Parameter, Route, Work
from replay.service.viewer import Viewer

HTML = "text/html"


@dataclass(frozen=True, slots=True)
class PageRoute(Route):
    """A page: as a request of the API, and what it needs; ``menu``: it stands in the menu of every page."""

    medias: tuple[str, ...] = (HTML,)
    needs: tuple[str, ...] = ()
    menu: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"page {request_of(self.method, self.path)}")

    def is_for(self, viewer: Viewer) -> bool:
        """Whether the page is a viewer's at all."""
        return not self.needs or any(reach_of(viewer, request) is not Reach.NONE for request in self.needs)


LANG = Parameter("lang", "`fr` or `en`")
BESIDE_AT = Parameter("beside_at", "laid beside the page at this instant", "time")
BESIDE_KNOWN_AT = Parameter("beside_known_at", "laid beside the page as known then", "time")
BACK = Parameter("back", "where one goes once signed in")
EVERY = (AT, KNOWN_AT, LANG)
"""What every page may be asked."""
COMPARED = (*EVERY, BESIDE_AT, BESIDE_KNOWN_AT)

CODE, PAGE = Parameter("code", "only this kind"), Parameter("page", "of so many lines, from 1 on", "whole")
WITHIN = Parameter("within", "of one kind, what was found at this centre")
CENTRE, OFFER = Parameter("centre", "only the candidates of a centre"), Parameter("offer", "one offer")
POSITION = Parameter("position", "of an event that is to be proved", "whole")


def _made(
    path: str,
    summary: str,
    needs: tuple[str, ...],
    parameters: tuple[Parameter, ...],
    *,
    menu: bool = False,
    compares: bool = True,
) -> tuple[PageRoute, PageRoute]:
    """A page made of long work (``replay.service.page_jobs``), and the form that starts and stops it."""
    said = (*(COMPARED if compares else EVERY), *parameters)
    page = PageRoute("GET", path, summary, Work.READ, said, needs=needs, menu=menu)
    return page, PageRoute("POST", path, "its work started, or stopped", Work.WRITE, said, needs=needs)


FILES = ("xlsx", "parquet")

PAGE_ROUTES = (
    PageRoute("GET", "/", "where one begins", Work.READ, EVERY, needs=("GET /checkpoint",)),
    PageRoute(
        "GET", "/desk", "a team's desk: work lists, what expires, what has changed", Work.READ,
        (
            *EVERY, Parameter("centre", "FINESS number of the centre; one's own where one has one alone"),
            Parameter("until", "what expires up to this instant, or the end of this day", "time"),
            Parameter("since", "what has changed since this instant, or the beginning of this day", "time"),
        ),
        needs=("GET /worklists/{}",), menu=True, faults=(404,),
    ),
    PageRoute(
        "GET", "/list", "the national list at a moment", Work.READ,
        (
            *COMPARED, Parameter("q", "ids that hold this"), Parameter("centre", "of this centre"),
            Parameter("team", "of this team"), Parameter("component", "in this component"),
            Parameter("blood_group", "of this blood group"), Parameter("order", "rank, candidate, icar or centre"),
            Parameter("rows", "`all`, or by fifties"), Parameter("after", "so many rows are passed over"),
        ),
        needs=("GET /list",), menu=True,
    ),
    PageRoute(
        "GET", "/offers", "the offers of some days with their state", Work.READ,
        (
            *COMPARED, *SPAN, Parameter("state", "offers in this state"),
            Parameter("q", "offers, donors or candidates whose id holds this"),
        ),
        needs=("GET /offers",), menu=True,
    ),
    PageRoute(
        "GET", "/events/{position}", "a stored event, with what corrected it", Work.READ, EVERY,
        needs=("GET /events/{}",), faults=(404,),
    ),
    PageRoute(
        "GET", "/candidates/{candidate}", "a candidate: panel, course, results, proposals, what is supposed", Work.READ,
        (
            *COMPARED, Parameter("days", "days before the moment that the chart shows", "whole"),
            Parameter("analyte", "of a result that is supposed"), Parameter("value", "its value"),
            Parameter("unit", "its unit"), Parameter("sampled", "when it was sampled", "time"),
            Parameter("treatment", "a treatment that is supposed"), Parameter("change", "`started` or `stopped`"),
            Parameter("since", "when it was", "time"), Parameter("proposals", "`all`, or the last ten"),
        ),
        needs=("GET /candidates/{}",), faults=(404,),
    ),
    PageRoute(
        "GET", "/offers/{offer}", "an offer: graft, ranking, excluded, minutes, human acts", Work.READ,
        (*COMPARED, Parameter("since", "`now`: also what later facts change of an offer that is closed")),
        needs=("GET /offers/{}/match-run",), faults=(404,),
    ),
    PageRoute(
        "GET", "/offers/{offer}/candidates/{candidate}", "a candidate's score for a graft, line by line", Work.READ,
        (*COMPARED, Parameter("against", "another candidate, to lay its figures beside")),
        needs=("GET /offers/{}/candidates/{}/explanation",), faults=(404,),
    ),
    *_made("/audit", "past rankings held against their records", ("GET /audit",), (*SPAN, PAGE), menu=True),
    *_made("/hindsight", "past rankings that later knowledge would change", ("GET /audit",), (*SPAN, PAGE)),
    *_made("/acts", "human acts held against the rankings", ("GET /acts",), (*SPAN, CODE, PAGE)),
    *_made(
        "/quality", "what looks wrong, by rule and centre", ("GET /quality",), (*SPAN, CENTRE, CODE, WITHIN, PAGE),
        menu=True,
    ),
    *_made("/sensitivity", "what each other reading would change", ("GET /sensitivity",), (*SPAN, OFFER)),
    *_made("/integrity", "checkpoints, proofs, the log proved whole", ("GET /checkpoint",), (POSITION,), menu=True,
        compares=False),
    PageRoute("GET", "/quarantine", "refused inputs", Work.READ, (*EVERY, PAGE), needs=("GET /quarantine",), menu=True),
    PageRoute("POST", "/quarantine", "one sent again", Work.WRITE, EVERY, needs=("POST /quarantine/{}/resend",)),
    *(
        PageRoute("GET", f"/list.{form}", "the list as a file", Work.READ, EVERY, needs=("GET /list",))
        for form in FILES
    ),
    *(
        PageRoute(
            "GET", f"/offers/{{offer}}/match-run.{form}", "a match run as a file", Work.READ, EVERY,
            needs=("GET /offers/{}/match-run",), faults=(404,),
        )
        for form in FILES
    ),
    PageRoute("GET", "/sign-in", "the way to the provider of identities", Work.AT_ONCE, (BACK, LANG)),
    PageRoute(
        "GET", "/signed-in", "the way back from the provider", Work.AT_ONCE,
        (Parameter("code", "what the provider gives"), Parameter("state", "of this attempt")), others=True,
    ),
    PageRoute("POST", "/sign-out", "the end of a session", Work.AT_ONCE, (LANG,)),
    PageRoute("GET", "/signed-out", "that a session has ended", Work.AT_ONCE, (LANG,)),
    PageRoute("GET", "/static/{name}", "a file that pages fetch", Work.AT_ONCE, medias=("text/css", "text/javascript")),
)  # fmt: skip
BY_PAGE_NAME = MappingProxyType({route.name: route for route in PAGE_ROUTES})


def menu_of(viewer: Viewer) -> tuple[str, ...]:
    """The addresses in a viewer's menu, in the order of the table."""
    return tuple(route.path for route in PAGE_ROUTES if route.menu and route.is_for(viewer))


def is_unrecorded(name: str) -> bool:
    """Whether a page tells nothing of a person: nothing it is made of leaves an access record."""
    return _is_made_of(name, UNRECORDED)


def is_where_told(name: str) -> bool:
    """Whether a request, or a page, leaves a record only where its answer tells of somebody."""
    return name in WHERE_TOLD or _is_made_of(name, WHERE_TOLD)


def _is_made_of(name: str, requests: Collection[str]) -> bool:
    page = BY_PAGE_NAME.get(name)
    return page is not None and all(request in requests for request in page.needs)
