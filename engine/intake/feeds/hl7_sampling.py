"""When the sample of an OBX was drawn: SPM-17, else OBX-14, else OBR-7; never when it was received or analysed."""

from engine.events.canonical import shown
from engine.intake.feeds.hl7_order import Group, Head, time_stamp
from engine.intake.feeds.hl7_segment import Segment
from engine.intake.feeds.times import hl7_time
from engine.intake.verdicts import Fault
from engine.quantities import InstantText


def sampled(obx: Segment, place: str, group: Group, head: Head) -> tuple[InstantText | None, list[Fault]]:
    """When the sample was drawn; or why that is not known."""
    try:
        return _sampled(obx, group, head), []
    except ValueError as error:
        return None, [Fault(_field(obx, place, group), str(error))]


def _field(obx: Segment, place: str, group: Group) -> str:
    """Which field says when the sample was drawn."""
    if any(spm.raw(17).strip() for spm in group.specimens):
        return "SPM-17"
    return f"{place}-14" if obx.raw(14).strip() else "OBR-7"


def _sampled(obx: Segment, group: Group, head: Head) -> InstantText:
    collected = {raw: spm for spm in group.specimens if (raw := spm.raw(17).strip())}
    if len(collected) > 1:
        raise ValueError(f"{len(collected)} specimens drawn at different times: send an order for each")
    for spm in collected.values():
        if why := spm.unread(17, (1, 2)):
            raise ValueError(why)
        return _instant(spm.text(17).strip(), spm.text(17, 2).strip(), "SPM-17", head)
    if given := time_stamp(obx, 14):
        return hl7_time(given, head.offset)
    obr = group.named("OBR")
    if obr and (start := time_stamp(obr, 7)):
        return _instant(start, time_stamp(obr, 8), "OBR-7 to OBR-8", head)
    raise ValueError("no time of sampling: send it in SPM-17, OBX-14 or OBR-7")


def _instant(start: str, end: str, where: str, head: Head) -> InstantText:
    if start == '""':
        raise ValueError(f"{where} says that there is no time: send when the sample was drawn")
    instant = hl7_time(start, head.offset)
    if end and end != '""' and hl7_time(end, head.offset).instant != instant.instant:
        raise ValueError(f"{where} is a period, {shown(start)} to {shown(end)}: send the instant of sampling")
    return instant
