"""When the sample of an OBX was drawn: SPM-17, else OBX-14, else OBR-7; never when it was received or analysed."""

from collections.abc import Callable

from engine.events.canonical import shown
from engine.intake.feeds.hl7_order import Group, Head, time_stamp
from engine.intake.feeds.hl7_segment import Segment
from engine.intake.feeds.times import hl7_time
from engine.intake.verdicts import Fault
from engine.quantities import InstantText

Drawn = tuple[InstantText | None, list[Fault]]
"""When a sample was drawn, or why that is not known."""


class Sampling:
    """When the samples of an order were drawn: what is said of all its results is read once."""

    def __init__(self, group: Group, head: Head) -> None:
        self._offset = head.offset
        self._specimens = _stated("SPM-17", lambda: _of_specimens(group, head))
        self._order = _stated("OBR-7", lambda: _of_order(group, head))

    def of(self, obx: Segment, place: str) -> Drawn:
        """When the sample of one result was drawn."""
        return self._specimens or _stated(f"{place}-14", lambda: self._own(obx)) or self._order or _UNSAID

    def _own(self, obx: Segment) -> InstantText | None:
        given = time_stamp(obx, 14)
        return hl7_time(given, self._offset) if given else None


_UNSAID: Drawn = (None, [Fault("OBR-7", "no time of sampling: send it in SPM-17, OBX-14 or OBR-7")])


def _stated(path: str, read: Callable[[], InstantText | None]) -> Drawn | None:
    try:
        found = read()
    except ValueError as error:
        return None, [Fault(path, str(error))]
    return None if found is None else (found, [])


def _of_specimens(group: Group, head: Head) -> InstantText | None:
    collected = {raw: spm for spm in group.specimens if (raw := spm.raw(17).strip())}
    if len(collected) > 1:
        raise ValueError(f"{len(collected)} specimens drawn at different times: send an order for each")
    for spm in collected.values():
        if why := spm.unread(17, (1, 2)):
            raise ValueError(why)
        return _instant(spm.text(17).strip(), spm.text(17, 2).strip(), "SPM-17", head)
    return None


def _of_order(group: Group, head: Head) -> InstantText | None:
    obr = group.named("OBR")
    if obr and (start := time_stamp(obr, 7)):
        return _instant(start, time_stamp(obr, 8), "OBR-7 to OBR-8", head)
    return None


def _instant(start: str, end: str, where: str, head: Head) -> InstantText:
    if start == '""':
        raise ValueError(f"{where} says that there is no time: send when the sample was drawn")
    instant = hl7_time(start, head.offset)
    if end and end != '""' and hl7_time(end, head.offset).instant != instant.instant:
        raise ValueError(f"{where} is a period, {shown(start)} to {shown(end)}: send the instant of sampling")
    return instant
