"""The dossier as PDF/A-3 with the JSON document attached, set by typst from the same blocks as the HTML.

Only the fonts that come with typst are used, and the document's date is that of the offer, so that the same
dossier gives the same bytes on every machine. It is PDF/A-3a (all of A-3b, and the structure of the text is kept,
too) and PDF/UA-1 (for screen readers). Texts reach typst as data, never as markup.
"""

from importlib import resources

import orjson
import typst

from replay.reports.dossier.blocks import Page


def pdf(page: Page, data: bytes, name: str, instant: int) -> bytes:
    """The PDF; ``data`` is attached under ``name``, ``instant`` (microseconds since 1970) becomes its date."""
    folder = resources.files("replay.reports.dossier") / "templates"
    inputs = {"page": orjson.dumps(page.as_data()).decode(), "data": data.decode(), "name": name}
    with resources.as_file(folder) as root:
        return typst.compile(
            root / "dossier.typ",
            root=root,
            format="pdf",
            ignore_system_fonts=True,
            timestamp=instant // 1_000_000,
            sys_inputs=inputs,
            pdf_standards=["a-3a", "ua-1"],
        )
