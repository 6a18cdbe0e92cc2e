"""A page: what stands around its content, and how a template becomes bytes.

How a page is made, for whoever adds one:

1. a row in ``replay/service/page_routes.py``, a handler in ``replay/service/page_handlers`` (it asks the API's own
   handlers for documents), a view model here (``list.py``: documents in, a mapping for the template out), a template in
   ``templates`` that extends ``base.html`` and is given a ``title``, words in ``replay/reports/catalogue``, in
   ``fr/TOPIC.toml`` and ``en/TOPIC.toml`` (a section stands in one file alone);
2. ``visit.page("list.html", **content)`` makes the page. In a template ``w("list_page", "title")`` is a word,
   ``frame.link("/candidates/C1")`` an address that carries the clocks and the language on, ``frame.fields(…)`` the
   hidden fields of a form that leads here again, ``sheet.figure("ccb")`` a figure (``figures.py``), ``sheet.source``
   the attribute of the part it stands in, ``text|said`` a text that others wrote, ``svg|drawn`` a drawing of ours.

The address alone says what a page shows (moment, language, filters): the same address, once its clocks are held and
their moment has come, gives the same bytes for ever. Links carry no more than the clocks and the language; steps in
time, sorting, filtering and comparing are forms, so that following links ends.

Everything a template puts in is escaped, and what would act, hide or turn round is shown by its number. There is no
script and no style in a page, so a text that is none of ours can do nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from engine.text import visible
from replay.pages.dots import in_path
from replay.pages.drawings.calendar import SIGNS
from replay.pages.figures import hidden_fields
from replay.pages.static import address_of
from replay.pages.times import as_typed
from replay.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from jinja2 import Environment

FRENCH = "fr"
CLOCKS = ("at", "known_at")
BESIDE = ("beside_at", "beside_known_at")
CARRIED = (*CLOCKS, "lang")
"""What every link carries on, where the address says it."""
MEDIA = "text/html; charset=utf-8"
HEADERS = MappingProxyType({
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
})  # fmt: skip
"""Sent with every page: nothing comes from elsewhere, nothing runs but our one script."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The moment a page shows: as of an instant, as known at a position and when that was recorded."""

    at: str
    known_at: int
    recorded: str | None
    yesterday: str
    tomorrow: str
    """The same time of the day before and after, for the steps."""
    silent_since: str | None = None
    """When the last event of the log by then was recorded, where that is over a day before."""
    silent_days: int = 0
    begins: str | None = None
    """When the first event of the log was recorded, where nothing was known yet."""
    is_ahead: bool = False
    """Whether the moment is still to come."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page's content; ``said`` is the query as it was asked."""

    path: str
    said: Mapping[str, str] = field(default_factory=dict)
    clocks: Clocks | None = None
    """None where there is no log to tell: on the page of an error."""
    menu: tuple[str, ...] = ()
    """The addresses of the pages the viewer may open, in order."""
    who: str | None = None
    """Who is signed in; None where nobody is, or the service is open."""
    compares: bool = False
    """Whether the page can be laid beside itself at another moment."""
    csrf: str = ""
    """What a form that sends carries; empty where the viewer may send none."""
    opens: Callable[[int], bool] = lambda position: True
    """Whether the viewer may open the event at a position."""

    @property
    def language(self) -> str:
        """Fr unless the address says otherwise."""
        return language_of(self.said)

    @property
    def words(self) -> Words:
        """Its words."""
        return words_of(self.language)

    @property
    def is_compared(self) -> bool:
        """Whether another moment is asked to be laid beside it."""
        return any(self.said.get(name) for name in BESIDE)

    @property
    def follows(self) -> bool:
        """Whether the page shows the present, which goes on."""
        return self.clocks is not None and not self.is_compared and not any(map(self.said.get, CLOCKS))

    def link(self, path: str, **query: str | int) -> str:
        """The address of a page at the same moment, in the same language."""
        carried = {name: self.said[name] for name in CARRIED if name in self.said}
        return address(path, {**carried, **query})

    def event_link(self, position: int) -> str:
        """The address of the page of an event; empty where the viewer may not open it."""
        return self.link(f"/events/{position}") if self.opens(position) else ""

    def event(self, position: int, words: object, title: str | None = None) -> Markup:
        """Words that lead to an event; words alone where the viewer may not open it."""
        there = self.event_link(position)
        if not there:
            return Markup("{}").format(_shown(words))
        if title is None:
            return Markup('<a href="{}">{}</a>').format(there, _shown(words))
        return Markup('<a href="{}" title="{}">{}</a>').format(there, _shown(title), _shown(words))

    def here(self, **query: str | None) -> str:
        """The address of this page with some of what its query says replaced, or taken out where None."""
        return address(self.path, {**self.said, **query})

    def fields(self, *filled_in: str, **query: str | int | None) -> Markup:
        """The hidden fields of a form that leads here again; ``filled_in``: what people fill in themselves."""
        said: dict[str, Any] = {**self.said, **query}
        return hidden_fields([
            (name, str(value)) for name, value in said.items() if value is not None and name not in filled_in
        ])  # fmt: skip

    def typed(self, name: str) -> str:
        """What a field for a time shows of what the address says."""
        return as_typed(self.said.get(name, ""), self.words)

    def of_other_pages(self) -> Markup:
        """The hidden fields of a form that leads to another page."""
        return hidden_fields([(name, self.said[name]) for name in CARRIED if name in self.said])


def address(path: str, query: Mapping[str, str | int | None]) -> str:
    """An address of this service: a path (``//name/`` would be another host's) with a query, without what is empty."""
    said = {name: str(value) for name, value in query.items() if value not in (None, "")}
    ours = f"/{in_path(path).lstrip('/')}"
    return f"{ours}?{urlencode(said, quote_via=quote, safe=':')}" if said else ours


def language_of(said: Mapping[str, str]) -> str:
    """The language of an address: French unless it names another that there is."""
    return said.get("lang", FRENCH) if said.get("lang") in LANGUAGES else FRENCH


@lru_cache(maxsize=len(LANGUAGES))
def words_of(language: str) -> Words:
    """The words of a language."""
    return Words(language)


def render(frame: Frame, template: str, **content: Any) -> bytes:
    """A page as bytes."""
    found = _environment().get_template(template)
    return found.render(frame=frame, w=frame.words, **content).encode()


def render_part(frame: Frame, template: str, **content: Any) -> Markup:
    """A part of a page, made of a template of its own."""
    return Markup(_environment().get_template(template).render(frame=frame, w=frame.words, **content))  # noqa: S704


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    """What draws pages, loaded with the first."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("replay.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    environment.filters["said"] = said
    environment.filters["drawn"] = lambda svg: Markup(svg)  # noqa: S704 - ours, which escapes what it writes
    environment.globals["static"] = address_of
    environment.globals["signs"] = SIGNS
    environment.globals["address"] = address
    return environment


def said(text: str) -> Markup:
    """A text that others wrote: it stands for itself, whichever way it is written, and turns nothing round."""
    return Markup("<bdi>{}</bdi>").format(visible(text))


def _shown(value: object) -> object:
    """What a template puts in: nothing in it acts, hides or turns round."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
