"""The handlers of pages, by the name of their row in ``page_routes``; each file is a group, and lists its own.

A handler is given a ``Visit`` (``visit.py``): it asks the API's own handlers for documents
(``visit.ask("GET /list", **visit.moment)``), hands them to a view model of ``replay.pages``, and answers with
``visit.page(template, **content)``: what it asks is narrowed to what the viewer may see, and recorded as read, by the
very code that answers the API.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from replay.service.answers import Answer
from replay.service.page_handlers import (
    audits,
    candidates,
    desks,
    downloads,
    events,
    keeping,
    lists,
    offered,
    offers,
    starts,
)
from replay.service.page_handlers.visit import Visit

PageHandler = Callable[[Visit], Answer]
GROUPS: tuple[Mapping[str, PageHandler], ...] = (
    starts.PAGES, desks.PAGES, lists.PAGES, offered.PAGES, events.PAGES, downloads.PAGES, candidates.PAGES,
    offers.PAGES, audits.PAGES, keeping.PAGES,
)  # fmt: skip
PAGES: Mapping[str, PageHandler] = MappingProxyType({name: page for group in GROUPS for name, page in group.items()})
"""Every page whose work is done by another process."""
