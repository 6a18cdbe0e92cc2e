"""What is a viewer's own, and what it leaves of an answer: others' entries are left out, ranks and figures stay.

Own are the events of the token's sources, and the candidates whose centre, as known now, is among its centres (of one
who is not registered yet, the centre that a registration to come names). Another's candidate is answered as one that
nobody knows: by the same words, found out before anything about it is computed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import UnknownError
from engine.events.canonical import NumberText, StrictJsonError, read_strict
from engine.log.history import SubjectHistory
from engine.text import each_text
from projections.candidate import centre_at
from replay.service.viewer import AUDITOR, COORDINATOR, Viewer

if TYPE_CHECKING:
    from engine.intake.quarantine import Quarantined

Document = dict[str, Any]
Known = Callable[[str], SubjectHistory]
"""What is known now of a subject."""
BIRTH_DATE, CLOSED = "birth_date", "offer.closed"
DONOR_AGE, AGE_DIFFERENCE, LEFT_OUT = "AGED", "F0_DifAge", "…"
_NUMBER = re.compile(r"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?![\w.])")


class Own:
    """What of a log is a viewer's own, as known now; ``now`` in microseconds since the epoch."""

    def __init__(self, viewer: Viewer, known: Known, now: int) -> None:
        self._viewer, self._known, self._now = viewer, known, now
        self._told: dict[str, bool] = {}

    def has(self, candidate: str | None) -> bool:
        """Whether a candidate is theirs."""
        if candidate is None:
            return False
        if candidate not in self._told:
            centre = centre_at(self._known(f"candidate/{candidate}"), self._now)
            self._told[candidate] = centre is not None and self._viewer.is_of(centre)
        return self._told[candidate]

    def check(self, candidate: str) -> None:
        """UnknownError where a candidate is not theirs, in the same words as where nobody knows it."""
        if not self.has(candidate):
            message = f"candidate {candidate!r} is not registered, or is of another centre"
            raise UnknownError(message, "candidate_own", candidate=candidate)

    def check_centre(self, centre: str) -> None:
        """UnknownError where a centre is not theirs."""
        if not self._viewer.is_of(centre):
            message = f"centre {centre!r} is not known, or is not yours: check --centre"
            raise UnknownError(message, "centre_own", centre=centre)

    def has_event(self, event: Mapping[str, Any]) -> bool:
        """Whether a stored event is theirs: of their sources, or about a candidate that is theirs."""
        return self.has_fact(event["source"], event["subject"], event["data"])

    def has_fact(self, source: str, subject: str, data: Mapping[str, Any]) -> bool:
        """The same of what an event says."""
        return self._viewer.writes_for(source) or self.has(_candidate_of(subject, data))

    def shown(self, event: dict[str, Any]) -> dict[str, Any]:
        """An event of theirs as they may see it: a donor's birth date is for coordination and auditors alone."""
        if self._viewer.has(COORDINATOR, AUDITOR) or not event["subject"].startswith("donor/"):
            return event
        return {**event, "data": _without_birth_date(event["data"])}

    def has_entry(self, entry: "Quarantined") -> bool:
        """Whether a quarantine entry is theirs: of their sources or, where it names none, sent by them."""
        source = _source_of(entry.raw)
        if source is not None:
            return self._viewer.writes_for(source)
        return entry.sender is not None and entry.sender.sub == self._viewer.sub


def _without_birth_date(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a registration, an update or a correction."""
    return {
        name: _without_birth_date(value) if name == "data" else value
        for name, value in data.items()
        if name != BIRTH_DATE
    }


def _candidate_of(subject: str, data: Mapping[str, Any]) -> str | None:
    kind, _, name = subject.partition("/")
    named: str | None = name if kind == "candidate" else data.get("candidate")
    return named


def _source_of(raw: bytes) -> str | None:
    try:
        event = read_strict(raw)
    except StrictJsonError:
        return None
    source = event.get("source") if isinstance(event, dict) else None
    return source if isinstance(source, str) and not isinstance(source, NumberText) else None


# ---------------------------------------------------------------------------------------------------- documents


def offers(document: Document, own: Own) -> Document:
    """The offers, each with the proposals to candidates of their own."""
    return {**document, "offers": [_offer(each, own) for each in document["offers"]]}


def _offer(offer: Document, own: Own) -> Document:
    return {
        **offer,
        "proposals": [each for each in offer["proposals"] if own.has(each["candidate"])],
        "accepted": [name for name in offer["accepted"] if own.has(name)],
        "candidate": offer["candidate"] if own.has(offer["candidate"]) else None,
    }


def run(document: Document, own: Own) -> Document:
    """A match run: the ranking and the excluded that are theirs; ranks and the digest of the whole stay."""
    return {**document, **{name: _entries(document[name], own) for name in ("ranking", "excluded")}}


def national_list(document: Document, own: Own) -> Document:
    """The list, or a work list: the candidates that are theirs."""
    return {**document, "candidates": _entries(document["candidates"], own)}


def without_others_ties(document: Document, own: Own) -> Document:
    """A panel without the neighbours it stands level with."""
    ties = [each for each in document["ties"] if own.has(each["first"]) and own.has(each["second"])]
    return {**document, "ties": ties}


def explanation(document: Document, own: Own) -> Document:
    """An explanation without others' ties; of the donor the age in years alone, of which the birth date is none."""
    return {**without_others_ties(document, own), "steps": _in_whole_years(document["steps"])}


def _in_whole_years(steps: list[Document]) -> list[Document]:
    """Steps in which the donor's age has no days, and the difference of ages, which would tell them, is left out.

    Each number is looked for as a whole, and a short one only where it can be nothing else: of any other figure, and
    of what the guide prints, not a digit changes.
    """
    given = {each["value"] for step in steps for each in step["inputs"] if each["symbol"] == DONOR_AGE}
    years = {age: age.partition(".")[0] for age in given if "." in age}
    if not years:
        return steps
    differences = [step[name] for step in steps if step["symbol"] == AGE_DIFFERENCE for name in ("exact", "value")]
    return [_step_told(step, years, dict.fromkeys(differences, LEFT_OUT)) for step in steps]


def _step_told(step: Document, years: Mapping[str, str], differences: Mapping[str, str]) -> Document:
    is_of_both = AGE_DIFFERENCE in (step["symbol"], *re.findall(r"\w+", step["formula"]))
    instead = {each: told for each, told in differences.items() if is_of_both or len(each) > len("-0.25")}
    if any(each["symbol"] == DONOR_AGE for each in step["inputs"]):
        instead |= years

    def told(text: str) -> str:
        return _NUMBER.sub(lambda number: instead.get(number[0], number[0]), text)

    inputs = [
        {**each, "value": years.get(each["value"], each["value"])} if each["symbol"] == DONOR_AGE else each
        for each in step["inputs"]
    ]
    shown = {name: each_text(step[name], told) for name in ("figures", "value", "exact", "because")}
    return {**step, **shown, "inputs": inputs}


def dossier(document: Document, own: Own) -> Document:
    """A dossier of a candidate of their own: of others no more than how many there are, and what kind of fact came."""
    ranked, excluded = (document["run"][name] for name in ("ranking", "excluded"))
    narrowed = run(document["run"], own)
    withheld = {
        "ranking": len(ranked) - len(narrowed["ranking"]),
        "excluded": len(excluded) - len(narrowed["excluded"]),
    }
    later = document["later"]
    return {
        **{name: value for name, value in document.items() if name != "decision"},
        "withheld": withheld,
        "run": narrowed,
        "explanation": explanation(document["explanation"], own),
        "later": {
            **later,
            **{name: _entries(later[name], own) for name in ("changes", "other_figures")},
            "learnt": [_learnt(each, own) for each in later["learnt"]],
        },
        "acts": [act for each in document["acts"] for act in _acts(each, own)],
        "findings": [each for each in document["findings"] if _is_of_own(each, own)],
        "recorded": [_recorded(each, own) for each in document["recorded"]],
    }  # fmt: skip


def graft(document: Document, own: Own) -> Document:
    """What there is beside a run: acts and findings of their own, and how the offer was closed."""
    return {
        **_offer(document, own),
        "acts": [act for each in document["acts"] for act in _acts(each, own)],
        "findings": [each for each in document["findings"] if _is_of_own(each, own)],
        "recorded": [_recorded(each, own) for each in document["recorded"]],
    }


def _entries(entries: list[Document], own: Own) -> list[Document]:
    return [each for each in entries if own.has(each["candidate"])]


def _learnt(about: Document, own: Own) -> Document:
    """Of another candidate the kind and the times of what was learnt alone."""
    kind, _, name = about["subject"].partition("/")
    if kind != "candidate" or own.has(name):
        return about
    kept = ("type", "time", "recorded", "how")
    facts = [
        {**{name: fact[name] for name in kept}, "position": None, "data": {}, "by": [], "at": []}
        for fact in about["facts"]
    ]
    return {"subject": "candidate/", "facts": facts}


def _acts(act: Document, own: Own) -> Iterator[Document]:
    """An act as it is shown, if it is: how an offer was closed without for whom, others' proposals and answers not."""
    if act["candidate"] is None or own.has(act["candidate"]):
        yield {**act, "passed_over": _entries(act["passed_over"], own)}
    elif act["what"] == CLOSED:
        yield {**act, "candidate": None, "rank": None, "reason": None, "passed_over": [], "deviation": False}


def _recorded(recorded: Document, own: Own) -> Document:
    """A ranking recorded at the time, with the places of their own that differ."""
    differing = [name for name in recorded["differing"] if own.has(name)]
    return {**recorded, "differing": differing, "differences": _entries(recorded["differences"], own)}


def _is_of_own(finding: Document, own: Own) -> bool:
    """Whether a finding about an act names no candidate but their own (and one that names an offer no candidate)."""
    details = finding["details"]
    named = [finding["candidate"], details.get("candidate"), *details.get("passed", ())]
    named += [details.get("other")] if finding["candidate"] is not None else []
    return all(own.has(name) for name in named if name is not None)
