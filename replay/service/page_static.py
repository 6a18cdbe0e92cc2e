"""The files that pages fetch, answered from memory."""

from types import MappingProxyType

from engine.errors import UnknownError
from replay.pages.static import static_files
from replay.service.answers import Answer
from replay.service.questions import Question

KEPT = MappingProxyType({"Cache-Control": "public, max-age=31536000, immutable"})
"""A name says its content, so whoever has the file may keep it."""


def static_file(asked: Question) -> Answer:
    """A file by its name; UnknownError where no page fetches one of that name."""
    found = static_files().get(asked.parts["name"])
    if found is None:
        raise UnknownError(f"{asked.parts['name']!r} is no file of these pages: open a page anew")
    return Answer(200, found.body, found.media, KEPT)
