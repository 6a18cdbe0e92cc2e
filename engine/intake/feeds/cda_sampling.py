"""When the sample of a CDA observation was drawn: by the procedure of its specimen, else by the observation itself.

The specimen that an observation names decides, wherever its procedure stands in the document; of an observation that
names none the nearest procedure above it counts.
"""

from collections.abc import Iterator, Sequence

from lxml.etree import _Element as Element
from lxml.etree import tostring

from engine.intake.feeds.times import hl7_time
from engine.intake.feeds.xml import attribute, child, children, inside, is_true, is_unknown, name
from engine.quantities import InstantText

Specimen = tuple[str, str]
"""Root and extension of a specimen's id."""
_UNDONE = ("aborted", "cancelled", "nullified")


class Procedures:
    """The procedures by which a document's specimens were drawn. ``offset`` is that of the message around it."""

    def __init__(self, body: Element, offset: str | None) -> None:
        self._offset = offset
        self._of: dict[Specimen, list[Element]] = {}
        self._done: dict[Specimen, list[Element]] = {}
        for each in inside(body, "procedure"):
            for specimen in _drawn(each):
                self._of.setdefault(specimen, []).append(each)

    def sampled(self, observation: Element) -> InstantText:
        """When an observation's sample was drawn. ValueError says the remedy."""
        wanted = _named(observation)
        own = [each for specimen in sorted(wanted) for each in self._drawing(specimen)]
        if found := self._instant(own):
            return found
        around = [] if own else self._around(observation, strict=bool(wanted))
        if found := self._instant(around):
            return found
        time = child(observation, "effectiveTime")
        if time is None or attribute(time, "nullFlavor"):
            raise ValueError("no time of sampling: send the specimen's procedure with its effectiveTime")
        return _instant(time, self._offset)

    def _drawing(self, specimen: Specimen) -> list[Element]:
        """The procedures that did draw a specimen, of those with the same time one: found once for all its results."""
        if specimen not in self._done:
            done = (each for each in self._of.get(specimen, ()) if is_done(each))
            self._done[specimen] = list({tuple(map(tostring, _times(each))): each for each in done}.values())
        return self._done[specimen]

    def _around(self, observation: Element, *, strict: bool) -> list[Element]:
        """The nearest procedures above with a time; ``strict``: those of other specimens do not count."""
        others = False
        inherited: set[Specimen] = set()
        for above in (observation, *observation.iterancestors()):
            found = [each for each in _procedures(above) if is_done(each) and _times(each)]
            inherited |= set() if above is observation else _named(above)
            fitting = [each for each in found if not _drawn(each)] if strict else found
            own = [each for each in fitting if inherited & _drawn(each)]
            if fitting:
                return own or fitting
            others = others or bool(found)
            if name(above) == "structuredBody":
                break
        if others:
            raise ValueError("the specimen it names has no procedure, and those around it are of others: send its own")
        return []

    def _instant(self, procedures: Sequence[Element]) -> InstantText | None:
        instants = [_instant(time, self._offset) for each in procedures for time in _times(each)]
        if len({each.instant for each in instants}) > 1:
            raise ValueError("specimens drawn at different times: name the specimen of each result")
        return instants[0] if instants else None


def is_done(procedure: Element) -> bool:
    """Whether a procedure took place, and is this report's. ValueError where it says neither yes nor no."""
    if any(is_true(each, "negationInd") for each in (procedure, *procedure.iterancestors())):
        return False
    quoted = any(attribute(above, "typeCode") == "REFR" for above in procedure.iterancestors())
    undone = attribute(child(procedure, "statusCode"), "code") in _UNDONE
    return not quoted and not undone and attribute(procedure, "moodCode") in ("", "EVN")


def _procedures(above: Element) -> Iterator[Element]:
    """The procedures directly below an element."""
    yield from (*children(above, "component", "procedure"), *children(above, "entryRelationship", "procedure"))
    if name(above) == "section":
        yield from children(above, "entry", "procedure")


def _named(element: Element) -> set[Specimen]:
    """The specimens that an observation, or what holds it, says it is about."""
    return _ids(children(element, "specimen", "specimenRole", "id"))


def _drawn(procedure: Element) -> set[Specimen]:
    """The specimens that a procedure gave."""
    return _ids(children(procedure, "participant", "participantRole", "id"))


def _ids(elements: list[Element]) -> set[Specimen]:
    found = {(attribute(each, "root"), attribute(each, "extension")) for each in elements if not is_unknown(each)}
    return found - {("", "")}


def _times(procedure: Element) -> list[Element]:
    return [each for each in children(procedure, "effectiveTime") if not attribute(each, "nullFlavor")]


def _instant(time: Element, offset: str | None) -> InstantText:
    value, ends = attribute(time, "value"), [*children(time, "low"), *children(time, "high")]
    given = [attribute(each, "value") for each in (*ends, *children(time, "center"))]
    texts = {*given, value} - {""}
    if len(texts) != 1 or (not value and len(ends) != 2) or children(time, "width"):
        raise ValueError("a period, or no instant at all: send the instant of sampling")
    return hl7_time(texts.pop(), offset)
