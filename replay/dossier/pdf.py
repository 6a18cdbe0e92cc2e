"""The dossier as PDF/A-3 with the JSON document attached, set by typst from the same blocks as the HTML.

Only the fonts that come with typst are used, and the document's date is that of the offer, so that the same
dossier gives the same bytes on every machine. Texts reach typst as data, never as markup.
"""

from importlib import resources

import orjson
import typst

from replay.dossier.blocks import Page

STANDARDS = ["a-3a", "ua-1"]
"""PDF/A-3a, which is A-3b (attachments, for keeping) with the structure kept, and PDF/UA-1 for screen readers."""


def pdf(page: Page, data: bytes, name: str, instant: int) -> bytes:
    """The PDF; ``data`` is attached under ``name``, ``instant`` (microseconds since 1970) becomes its date."""
    folder = resources.files("replay.dossier") / "templates"
    source = (folder / "dossier.typ").read_bytes()
    inputs = {"page": orjson.dumps(page.as_data()).decode(), "data": data.decode(), "name": name}
    with resources.as_file(folder) as root:
        made = typst.compile(
            source,
            root=str(root),
            format="pdf",
            ignore_system_fonts=True,
            timestamp=instant // 1_000_000,
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
        )
    assert isinstance(made, bytes)
    return made
