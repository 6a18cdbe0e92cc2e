"""The dossier as one HTML file: styles inside, chart inside, data inside, no script, nothing fetched."""

import base64
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from engine.text import END_OF_ISOLATE, ISOLATE, isolated, visible
from replay.reports.dossier.blocks import Page

LONG_WORD = 20
"""Letters of the longest word that stays whole in a cell; the PDF breaks longer ones, too."""


@lru_cache(maxsize=1)
def _template() -> Template:
    folder = resources.files("replay.reports.dossier") / "templates"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=_with_isolates,
    )  # fmt: skip
    environment.globals["style"] = Markup((folder / "dossier.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    environment.filters["drawn"] = lambda svg: Markup(svg)  # noqa: S704 - made by chart.py, which escapes
    environment.filters["holds_long_word"] = _holds_long_word
    return environment.from_string((folder / "dossier.html").read_text(encoding="utf-8"))


def html(page: Page, data: bytes, name: str) -> bytes:
    """The page; ``data`` is the document's JSON, kept inside as a link to save under ``name``."""
    address = "data:application/json;base64," + base64.b64encode(data).decode("ascii")
    return _template().render(page=page, data_address=address, data_name=name).encode()


def shown_on_screen(text: str) -> str:
    """A text that others wrote, as the page shows it."""
    return isolated(visible(text))


def _holds_long_word(cell: str) -> bool:
    """Whether a cell must be allowed to break a word, or it would run over the page's edge."""
    return any(len(word) > LONG_WORD for word in cell.split())


def _with_isolates(value: object) -> object:
    """What the page puts in, its signs of isolation as HTML has them: a text may not turn round what stands near."""
    if not isinstance(value, str) or ISOLATE not in value:
        return value
    return Markup(escape(value).replace(ISOLATE, Markup("<bdi>")).replace(END_OF_ISOLATE, Markup("</bdi>")))  # noqa: S704
