"""What a request asks, read from its path and query: nothing unknown, nothing twice, nothing ambiguous."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from engine.errors import RequestError
from engine.events.canonical import shown
from replay.pages.dots import of_path
from replay.pages.times import as_time
from replay.service.routes import Parameter, Route

LONGEST_QUERY = 8192


@dataclass(frozen=True, slots=True)
class Question:
    """A request by its route's name, the parts of its path that vary, and what its query says."""

    route: str
    parts: Mapping[str, str]
    said: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The question as plain values, for another process."""
        return asdict(self)

    def plainly(self) -> dict[str, Any]:
        """What was asked, as an access record has it."""
        return {**self.parts, **self.said, **({"readings": list(self.readings)} if self.readings else {})}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Question":
        """The question that plain values state."""
        return cls(plain["route"], plain["parts"], plain["said"], tuple(plain["readings"]))

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query within bounds."""
        if name not in self.said:
            return default
        return whole(name, self.said[name], low, high)


def question(route: Route, parts: Mapping[str, str], query: bytes, *, form: bool = False) -> Question:
    """The question of a request to a route; RequestError names everything wrong with its query.

    ``form``: as a browser sends a form, where a + stands for a blank and what was not filled in says nothing.
    A route that takes ``others``' words passes over those it does not know.
    """
    known = {parameter.name: parameter for parameter in route.parameters}
    said: dict[str, list[str]] = {}
    faults: list[str] = []
    if len(query) > LONGEST_QUERY:
        raise RequestError(f"the query has {len(query)} bytes: at most {LONGEST_QUERY} are read")
    for pair in filter(None, query.split(b"&")):
        name, value = _decoded(pair.replace(b"+", b" ") if form else pair)
        if name not in known and route.others:
            continue
        if name not in known:
            faults.append(f"{shown(name)} is no parameter here: {_those_known(known)}")
        elif form and not value:
            continue
        elif b"+" in pair and not form:
            faults.append(f"{name}: an unencoded + stands for a blank in a query: write %2B for +, %20 for a blank")
        elif not value:
            faults.append(f"{name} is given without a value: give one, or leave it out")
        else:
            said.setdefault(name, []).append(as_time(value) if form and known[name].kind == "time" else value)
    faults += [f"{name} is given twice: give it once" for name in said if len(said[name]) > 1 and not known[name].many]
    faults += [f"{name} is required: {known[name].meaning}" for name in known if _is_missing(known[name], said)]
    if faults:
        raise RequestError("; ".join(dict.fromkeys(faults)))
    single = {name: said[name][0] for name in known if name in said and not known[name].many}
    named = {name: of_path(part) for name, part in parts.items()}
    return Question(route.name, named, single, tuple(said.get("readings", ())))


def whole(name: str, text: str, low: int, high: int) -> int:
    """A whole number within bounds, written in digits."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        message = f"{name} {shown(text)}: give a whole number from {low} to {high}"
        raise RequestError(message, "whole", text=text[:24], low=low, high=high)
    return int(text)


def _decoded(pair: bytes) -> tuple[str, str]:
    name, _, value = pair.partition(b"=")
    try:
        return unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise RequestError(f"{pair[:80]!r} is no UTF-8 once decoded: send percent-encoded UTF-8") from None


def _those_known(known: Mapping[str, Parameter]) -> str:
    return f"there are {', '.join(known)}" if known else "there are none, leave it out"


def _is_missing(parameter: Parameter, said: Mapping[str, list[str]]) -> bool:
    return parameter.required and parameter.name not in said
