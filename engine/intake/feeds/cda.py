"""CDA R2 laboratory reports, as the French CI-SIS and IHE XD-LAB have them: observations to results.

A result's sampling is its specimen's procedure, the nearest above it; a result quoted under a reference (REFR) is
another report's. The document is told by setId, so that one that replaces it is compared with it result by result.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from lxml.etree import _Element as Element

from engine.events.canonical import shown
from engine.intake.feeds.cda_header import Header, Outside, header_of
from engine.intake.feeds.cda_sampling import Procedures
from engine.intake.feeds.identity import stem_of
from engine.intake.feeds.loinc import Coded, coded
from engine.intake.feeds.measures import Sent, measured
from engine.intake.feeds.result import (
    WITHOUT_VALUE,
    Ignored,
    Item,
    LabResult,
    Measured,
    Refused,
    Standing,
    Withdrawal,
    unnamed,
)
from engine.intake.feeds.units import Unit
from engine.intake.feeds.words import names_in, origin_of, quoted_code
from engine.intake.feeds.xml import XmlError, attribute, child, children, inside, is_true, name, parse, xsi_type
from engine.intake.verdicts import Fault
from engine.quantities import InstantText

STANDINGS: dict[str, Standing] = {"completed": "final", "active": "preliminary", "nullified": "withdrawn"}
"""statusCode of an observation: what each makes of a result."""
NO_RESULTS = ("new", "held", "suspended", "aborted", "cancelled")
"""statusCode of what is no result (yet)."""
_A_CODE = range(1, 2)
"""By how many parts the id of a result is longer than its document's."""
_STYLESHEETS = ("stylesheet", "transform")


def read(data: bytes, outside: Outside) -> list[Item]:
    """The results of one document. What holds none that is structured is not judged here: see ``is_structured``."""
    try:
        document = _document(parse(data))
    except XmlError as error:
        return [Refused((Fault(outside.place, str(error)),), outside.source)]
    bodies = children(document, "component", "structuredBody")
    if len(bodies) > 1:
        return [
            Refused((Fault(outside.place, f"{len(bodies)} structured bodies: send one document each"),), outside.source)
        ]
    body = next(iter(bodies), None)
    header = header_of(document, outside)
    named = (each for kind in ("family", "given") for each in inside(document, kind))
    names = names_in(each.text or "" for each in named)
    if body is None:
        return unnamed(_missing(frozenset(), header), names) if header.taken_back else []
    items: list[Item] = []
    stated: set[str] = set()
    drawn = Procedures(body, header.offset)
    for number, each in enumerate(inside(body, "observation"), 1):
        found = list(_items(each, f"{outside.place}/observation[{number}]", header, drawn))
        items += found
        if not all(isinstance(item, Ignored) for item in found):
            stated.update(attribute(code, "code") for code in _codes(each))
    return unnamed([*items, *_missing(stated, header)], names)


def _document(root: Element) -> Element:
    """The ClinicalDocument: the root, or within a stylesheet that shows it (which is never run)."""
    if name(root) == "ClinicalDocument":
        return root
    found = list(inside(root, "ClinicalDocument")) if name(root) in _STYLESHEETS else []
    if len(found) != 1:
        raise XmlError(f"{shown(name(root))} with {len(found)} ClinicalDocuments in it: send one CDA R2 document")
    return found[0]


def _missing(codes: AbstractSet[str], header: Header) -> Iterator[Withdrawal]:
    """What is known of a document that was replaced or withdrawn, and does not stand in it (any more).

    What stands there and is refused is not missing. A document with a fault of its own, or that is not final yet, says
    nothing of others.
    """
    is_pending = header.no_results or header.standing == "preliminary"
    if not (header.replaces or header.taken_back) or is_pending:
        return
    if header.source is None or header.stem is None or header.faults:
        return
    stated = frozenset(f"{header.stem};{code}" for code in codes)
    reason = "not in the document that replaces it" if header.replaces else "document withdrawn by the laboratory"
    yield Withdrawal(
        header.place, header.source, header.stem, header.version, header.patient, stated,
        reason, expected=header.taken_back == "withdrawn" and not stated, parts=_A_CODE, replaces=header.replaces,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------- observations


def _items(observation: Element, place: str, header: Header, drawn: Procedures) -> Iterator[Item]:
    """What one observation says: a result, something ignored, or nothing that counts here."""
    code, codes = child(observation, "code"), _codes(observation)
    said = " ".join(filter(None, (attribute(code, "code"), attribute(code, "displayName")))) or "no code"
    try:
        found = coded(attribute(each, "code") for each in codes)
    except ValueError as error:
        yield Refused((Fault(f"{place}/code", str(error)),), header.source)
        return
    if found is None:
        yield Ignored(place, header.source, header.named(attribute(code, "code")), f"{said}: not a code of this log")
        return
    try:
        why = _why_ignored(observation, header)
    except ValueError as error:
        yield Refused((Fault(place, str(error)),), header.source)
        return
    if why:
        yield Ignored(place, header.source, header.named(found.loinc), f"{said}: {why}")
    else:
        origin = origin_of(attribute(code, "code"), attribute(code, "displayName"))
        yield _result(observation, place, found, origin, header, drawn)


def _codes(observation: Element) -> list[Element]:
    """The codes of an observation, the main one first."""
    code = child(observation, "code")
    return [] if code is None else [code, *children(code, "translation")]


def _is_translated(code: Element) -> bool:
    """Whether a code is said to be another system's (OTH), and a translation of it is one of this log."""
    translations = [each for each in children(code, "translation") if not attribute(each, "nullFlavor")]
    return attribute(code, "nullFlavor") == "OTH" and bool(coded(attribute(each, "code") for each in translations))


def _why_ignored(observation: Element, header: Header) -> str | None:
    """Why an observation is no result; None where it is one."""
    if any(attribute(above, "typeCode") == "REFR" for above in observation.iterancestors()):
        return "quoted from another report (REFR)"
    if attribute(observation, "moodCode") not in ("", "EVN") or any(
        is_true(each, "negationInd") for each in (observation, *observation.iterancestors())
    ):
        return "nothing that was observed"
    status = attribute(child(observation, "statusCode"), "code")
    if status in NO_RESULTS or header.no_results:
        return f"status {status or header.status}"
    if header.taken_back or status in ("nullified", ""):
        return None
    value = child(observation, "value")
    nothing = attribute(value, "nullFlavor") or attribute(observation, "nullFlavor")
    return f"no value ({nothing})" if nothing else None


class _Said(NamedTuple):
    """What an observation says beside its code."""

    standing: Standing
    value: Measured | None
    sampled: InstantText | None
    faults: tuple[Fault, ...]


def _result(
    observation: Element, place: str, code: Coded, origin: str | None, header: Header, drawn: Procedures
) -> LabResult:
    said = _said(observation, place, code, header, drawn)
    stem, faults = None, list(header.faults)
    if header.set_id:
        try:
            stem = stem_of(*header.set_id, code.loinc)
        except ValueError as error:
            faults.append(Fault("setId", str(error)))
    faults += [
        Fault(f"{place}/{each}", "given more than once: send one") for each in ("code", "statusCode", "effectiveTime")
        if len(children(observation, each)) > 1
    ]  # fmt: skip
    faults += [
        Fault(f"{place}/{name(each)}", "a code, and a reason why it is absent: send one of them")
        for each in (*_codes(observation), *children(observation, "statusCode"))
        if attribute(each, "nullFlavor") and attribute(each, "code") and not _is_translated(each)
    ]
    if any(child(each, "subject") is not None for each in (observation, *observation.iterancestors())):
        faults.append(Fault(f"{place}/subject", "about somebody else than the document's patient: send it apart"))
    return LabResult(
        place, header.source, stem, False, header.version, code.analyte, said.standing, said.value, said.sampled,
        header.patient, origin, (*faults, *said.faults), header.replaces,
    )  # fmt: skip


def _said(observation: Element, place: str, code: Coded, header: Header, drawn: Procedures) -> _Said:
    status = attribute(child(observation, "statusCode"), "code")
    standing = header.taken_back or STANDINGS.get(status)
    if standing is None:
        wanted = ", ".join([*STANDINGS, *NO_RESULTS])
        fault = Fault(f"{place}/statusCode", f"{quoted_code(status)} is no status of a result: send one of {wanted}")
        return _Said("final", None, None, (fault,))
    if standing in WITHOUT_VALUE:
        return _Said(standing, None, None, ())
    if standing == "final" and header.standing is not None:
        standing = header.standing
    value, faults = _measured(observation, place, code)
    try:
        return _Said(standing, value, drawn.sampled(observation), faults)
    except ValueError as error:
        return _Said(standing, value, None, (*faults, Fault(f"{place}/effectiveTime", str(error))))


# --------------------------------------------------------------------------------------------------- values


def _measured(observation: Element, place: str, code: Coded) -> tuple[Measured | None, tuple[Fault, ...]]:
    values = children(observation, "value")
    path = f"{place}/value"
    try:
        if len(values) != 1:
            raise ValueError(f"{len(values)} values where one should stand: send one value, or its null flavour")
        sent = _sent(values[0])
    except ValueError as error:
        return None, (Fault(path, str(error)),)
    translations = [
        (attribute(each, "value"), Unit(attribute(each, "unit") or attribute(each, "code"), "", _system(each)))
        for each in children(values[0], "translation")
        if not attribute(each, "nullFlavor")
    ]
    return measured(sent, code, value_path=path, unit_path=path, translations=translations)


def _sent(value: Element) -> Sent:
    """A physical quantity, or an interval open on one side, which is a bound. ValueError says the remedy."""
    kind = xsi_type(value)
    if kind not in ("PQ", "IVL_PQ"):
        raise ValueError(f"a value of type {shown(kind)} is no quantity: send PQ, or IVL_PQ open on one side")
    bounds = {each: len(children(value, each)) for each in ("low", "high", "center", "width")}
    more = any(bounds.values()) if kind == "PQ" else max(bounds.values()) > 1 or attribute(value, "value")
    if more or (value.text or "").strip():
        raise ValueError("more than one value in one element: send PQ with its value and unit alone")
    if kind == "PQ":
        return attribute(value, "value"), Unit(attribute(value, "unit"))
    ends = {each: child(value, each) for each in ("low", "high", "center", "width")}
    given = {each: end for each, end in ends.items() if end is not None and attribute(end, "value")}
    if len(given) != 1 or not given.keys() <= {"low", "high"}:
        raise ValueError("a range is no result: send one value, or an interval with a low or a high alone")
    ((end, bound),) = given.items()
    return f"{'>' if end == 'low' else '<'}{attribute(bound, 'value')}", Unit(attribute(bound, "unit"))


def _system(translation: Element) -> str:
    return attribute(translation, "codeSystem") if attribute(translation, "code") else ""
