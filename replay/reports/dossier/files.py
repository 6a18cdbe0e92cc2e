"""The dossier as files: the JSON document, and the same told as HTML or PDF with the JSON inside."""

from collections.abc import Mapping
from typing import Any

from engine.log.history import stored_instant
from replay.reports.documents import document_bytes
from replay.reports.dossier.sections import page


def json_file(document: Mapping[str, Any]) -> bytes:
    """The document itself, the same whatever the language."""
    return document_bytes(document)


def data_name(document: Mapping[str, Any]) -> str:
    """The name the document goes by inside the others."""
    return f"dossier-{document['offer']['id']}-{document['candidate']['id']}.json"


def html_file(document: Mapping[str, Any], language: str) -> bytes:
    """The dossier as one HTML file."""
    from replay.reports.dossier.html import html, shown_on_screen

    return html(page(document, language, shown_on_screen), json_file(document), data_name(document))


def pdf_file(document: Mapping[str, Any], language: str) -> bytes:
    """The dossier as PDF/A-3 with the JSON attached; its date is the offer's."""
    from replay.reports.dossier.glyphs import shown_on_paper
    from replay.reports.dossier.pdf import pdf

    instant = stored_instant(document["offer"]["at"])
    return pdf(page(document, language, shown_on_paper), json_file(document), data_name(document), instant)
