"""The CloudEvents envelope and the base of every event: what is stored, to the byte.

An event is immutable. Its stored bytes are the canonical JSON of its attributes.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic_core import PydanticCustomError

from engine.events.canonical import canonical_json, shown
from engine.events.fields import CodeIn, Instant, Parsed, Reference, ShortText
from engine.events.subjects import stream_id, subject_kind
from engine.quantities import parse_instant

STORED_ATTRIBUTES = ("specversion", "source", "id", "type", "subject", "time", "recordedtime", "actor", "data")
UNSTORED_EXTENSIONS = (
    "dataschema",
    "traceparent",
    "tracestate",
    "sequence",
    "sequencetype",
    "partitionkey",
    "expirytime",
    "sampledrate",
    "severitytext",
    "severitynumber",
)
"""What brokers add on the way: accepted with any scalar that CloudEvents allows, never stored."""

_SUBJECT = re.compile(r"(?:candidate|donor|offer|travel-times)/[A-Za-z0-9._-]{1,64}|offer-counter", re.ASCII)
_ACTOR = re.compile(r"[A-Za-z0-9._-]{1,64}:[A-Za-z0-9._-]{1,64}", re.ASCII)


def _subject(text: str) -> str:
    if not _SUBJECT.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a subject: write candidate/<id>, donor/<id>, offer/<id>, travel-times/<version> "
            "or offer-counter, the id of 1 to 64 characters A-Z a-z 0-9 . _ -"
        )
    return text


def check_actor(text: str) -> str:
    """An actor as ``role:id``; ValueError says the remedy."""
    if not _ACTOR.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an actor: write role:id, like coordinator:K7 (a pseudonym)")
    return text


_FIRST_FAULTS = 20
"""So many faults between fields are enough to refuse; the intake names every one."""

Between = tuple[str, str]
"""A fault found while looking at several fields: the dotted path of the one to mend, and why."""


class RightFields(dict[str, Any]):
    """The fields that are right by themselves; ``named`` also holds those that were given and are wrong."""

    def __init__(self, right: Mapping[str, Any], named: Iterable[str]) -> None:
        super().__init__(right)
        self.named = frozenset(named)


def named(given: Mapping[str, Any]) -> Collection[str]:
    """The names of the fields that were given, right or wrong: for rules of which may stand beside which."""
    return given.named if isinstance(given, RightFields) else given.keys()


class Data(BaseModel):
    """Base of every ``data``: closed, immutable, an explicit null refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    RULED: ClassVar[bool] = False
    """Whether there are rules between fields: ``faults_between`` is a subclass's own."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Find out once a class."""
        cls.RULED = any("faults_between" in vars(base) for base in cls.__mro__[: cls.__mro__.index(Data)])

    @field_validator("*", mode="before")
    @classmethod
    def _no_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "null says nothing: leave the field out")
        return value

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """What is wrong between fields that are each right. Fields that are absent or wrong are not in ``given``.

        ``named(given)`` tells which were given at all.
        """
        yield from ()

    @model_validator(mode="after")
    def _no_faults_between(self) -> Self:
        if self.RULED:  # a ranking has thousands of lines without a rule between their fields
            refuse(self.faults_between(self.given()))
        return self

    def given(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    @cached_property
    def _stored(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)

    def stored(self) -> dict[str, Any]:
        """The fields as stored: decimals as received text, absent fields absent. Not to be changed."""
        return self._stored


def refuse(faults: Iterable[Between]) -> None:
    """Raise all faults found between fields, if any."""
    if found := list(islice(faults, _FIRST_FAULTS)):
        raise PydanticCustomError("between", "{why}", {"why": "; ".join(why for _, why in found), "faults": found})


class Event(BaseModel):
    """One immutable fact. Subclasses fix TYPE, the kinds of SUBJECT it may be about, and ``data``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    TYPE: ClassVar[str] = ""
    SUBJECTS: ClassVar[tuple[str, ...]] = ()

    specversion: Annotated[str, CodeIn(("1.0",))]
    source: Reference
    id: Reference
    type: ShortText
    subject: Annotated[str, Parsed(_subject, looks=_SUBJECT.pattern)]
    time: Instant
    recordedtime: Instant | None = None
    actor: Annotated[str, Parsed(check_actor, looks=_ACTOR.pattern)] | None = None
    data: Data
    originator_version: int = 0

    @classmethod
    def is_about(cls, kind: str) -> bool:
        """Whether a subject of a kind may be the event's."""
        return not cls.SUBJECTS or kind in cls.SUBJECTS

    @classmethod
    def faults_between(cls, given: Mapping[str, Any]) -> Iterator[Between]:
        """What is wrong between attributes that are each right; ``data`` holds the fields that are."""
        if "subject" in given and not cls.is_about(subject_kind(given["subject"])):
            kinds = " or ".join(f"{kind}/<id>" if kind != "offer-counter" else kind for kind in cls.SUBJECTS)
            yield "subject", f"{shown(given['subject'])} cannot be the subject of {cls.TYPE}: send {kinds}"

    @model_validator(mode="after")
    def _no_faults_between(self) -> Self:
        refuse(self.faults_between({"subject": self.subject, "time": self.time, "data": self.data.given()}))
        return self

    @property
    def originator_id(self) -> UUID:
        """The stream this event belongs to."""
        return stream_id(self.subject)

    @property
    def instant(self) -> int:
        """``time`` in microseconds since the epoch."""
        return parse_instant(self.time)

    def attributes(self) -> dict[str, Any]:
        """The stored attributes; absent ones stay absent."""
        given = {
            "specversion": self.specversion,
            "source": self.source,
            "id": self.id,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "recordedtime": self.recordedtime,
            "actor": self.actor,
            "data": self.data.stored(),
        }
        return {name: value for name, value in given.items() if value is not None}

    def stored_bytes(self) -> bytes:
        """RFC 8785 bytes of the stored attributes: what the log keeps and what the tree hashes."""
        return canonical_json(self.attributes())
