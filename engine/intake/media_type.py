"""Media types of JSON data, with parameters as RFC 9110 has them."""

import re

from engine.events.canonical import shown

JSON = "application/json"
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TYPE = re.compile(rf"({_WORD}/{_WORD})((?:[ \t]*+;[ \t]*+(?:{_WORD}=(?:{_WORD}|{_QUOTED}))?)*)", re.ASCII)
_PARAMETER = re.compile(rf";[ \t]*({_WORD})=({_WORD}|{_QUOTED})", re.ASCII)
_LONGEST = 256


def json_fault(given: object) -> str | None:
    """Why a datacontenttype is not that of JSON in UTF-8, and what to send; None where it is."""
    text = given.strip(" \t") if isinstance(given, str) else ""
    found = _TYPE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return f"{shown(given)} is not a media type: send {JSON}, or leave it out"
    if found.group(1).lower() != JSON:
        return f"{shown(given)} is not {JSON}: send JSON data"
    for name, value in _PARAMETER.findall(found.group(2)):
        charset = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        if name.lower() == "charset" and charset.lower() != "utf-8":
            return f"{shown(given)} names another charset than utf-8: send UTF-8"
    return None
