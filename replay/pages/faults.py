"""What ``verify`` finds wrong, in the page's language.

``verify`` says it in English. The English catalogue has its sentences word for word, with a name for what varies, so a
sentence is known by the text it has there and said by the one that another language has under the same key.
"""

import re
from functools import lru_cache

from markupsafe import Markup

from replay.pages.page import said, words_of
from replay.reports.words import Words

SENTENCES, LISTS = "verify_faults", "verify_lists"
LIST = "what"
"""The field that names a list kept beside the events."""
_FIELD = re.compile(r"{(\w+)}")


def fault_said(message: str, w: Words) -> Markup:
    """A sentence of ``verify`` in a language; as it is, and marked as English, where the catalogue has it not."""
    for key, sentence in _sentences():
        if found := sentence.fullmatch(message):
            given = {name: w.named(LISTS, text) if name == LIST else text for name, text in found.groupdict().items()}
            return said(w(SENTENCES, key, **given))
    return Markup('<span lang="en">{}</span>').format(said(message))


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """By key; what names a list stands for those of the catalogue alone."""
    english = words_of("en")
    lists = "|".join(map(re.escape, english.texts(LISTS)))
    return tuple((key, _pattern(text, lists)) for key, text in english.texts(SENTENCES).items())


def _pattern(text: str, lists: str) -> re.Pattern[str]:
    parts = _FIELD.split(text)
    fixed, fields = map(re.escape, parts[::2]), parts[1::2]
    found = next(fixed)
    for name, after in zip(fields, fixed, strict=True):
        found += f"(?P<{name}>{lists if name == LIST else '.+?'}){after}"
    return re.compile(found, re.DOTALL)
