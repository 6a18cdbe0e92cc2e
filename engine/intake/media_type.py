"""Media types of JSON data, with parameters as RFC 9110 has them."""

import re

from engine.events.canonical import shown

JSON = "application/json"
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TYPE = re.compile(rf"({_WORD}/{_WORD})((?:[ \t]*+;[ \t]*+(?:{_WORD}=(?:{_WORD}|{_QUOTED}))?)*)", re.ASCII)
_PARAMETER = re.compile(rf";[ \t]*({_WORD})=({_WORD}|{_QUOTED})", re.ASCII)
_LONGEST = 256


def media_type(given: str) -> tuple[str, str | None] | None:
    """A media type and the charset that it names, both in lower case; None where it is no media type."""
    text = given.strip(" \t")
    found = _TYPE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    charset = None
    for name, value in _PARAMETER.findall(found.group(2)):
        if name.lower() == "charset" and charset in (None, "utf-8"):
            charset = (re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value).lower()
    return found.group(1).lower(), charset


def json_fault(given: object) -> str | None:
    """Why a datacontenttype is not that of JSON in UTF-8, and what to send; None where it is."""
    found = media_type(given) if isinstance(given, str) else None
    if found is None:
        return f"{shown(given)} is not a media type: send {JSON}, or leave it out"
    if found[0] != JSON:
        return f"{shown(given)} is not {JSON}: send JSON data"
    if found[1] not in (None, "utf-8"):
        return f"{shown(given)} names another charset than utf-8: send UTF-8"
    return None
