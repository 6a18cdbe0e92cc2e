"""The lanes under a candidate's score: the component in use, how long results count, treatments as they ran."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from engine.log.history import stored_instant
from replay.pages.drawings.scale import Scale
from replay.pages.drawings.svg import box, element, line, link, text
from replay.reports.words import Words

LANE = 16
RESULTS = {
    "bilirubin": ("total_bilirubin",), "creatinine": ("creatinine",), "peptides": ("bnp", "nt_probnp"),
}  # fmt: skip
"""The analytes of each lane, by the name under which the course says that one grew too old."""
LETTER = 6.2
"""About how wide a letter is."""

Document = Mapping[str, Any]


def component_lane(steps: Sequence[Document], end: int, x: Scale, w: Words) -> list[Markup]:
    """What the points were reckoned by, or why there were none."""
    drawn = [text(0, 12, w("drawings", "component"), "lane-name")]
    stretches: list[tuple[int, str]] = []
    for step in steps:
        name = step["component"] or step["status"] or "unregistered"
        if not stretches or stretches[-1][1] != name:
            stretches.append((stored_instant(step["at"]), name))
    for (begin, name), (until, _) in pairwise([*stretches, (end, "")]):
        said = w("drawings", name)
        drawn.append(_bar(x, begin, until, f"stretch {name}", said))
        drawn += _name_within(x(begin), x(until), said)
    return drawn


def result_lanes(spans: Document, steps: Sequence[Document], x: Scale, w: Words) -> Iterator[list[Markup]]:
    """One lane a variable: each stretch in which a result counted; a cross where it grew too old."""
    for variable, analytes in RESULTS.items():
        counted = [each for each in spans["counted"] if each["analyte"] in analytes]
        expired = [stored_instant(step["at"]) for step in steps if variable in step["expired"]]
        if not counted and not expired:
            continue
        drawn = [text(0, 12, w("drawings", variable), "lane-name")]
        for each in counted:
            drawn.append(
                _bar(x, stored_instant(each["from"]), stored_instant(each["to"]), "counts", w("drawings", "counts"))
            )
        yield [*drawn, *(_cross(x(at), w("drawings", "expired")) for at in expired)]


def treatment_lanes(
    periods: Sequence[Document], ends: tuple[int, int], x: Scale, w: Words, event: Callable[[int], str]
) -> Iterator[list[Markup]]:
    """One lane a treatment, each period a bar that opens the event of its start."""
    for treatment in dict.fromkeys(period["treatment"] for period in periods):
        drawn = [text(0, 12, w("drawings", treatment), "lane-name")]
        for period in periods:
            if period["treatment"] == treatment:
                begin = max(stored_instant(period["from"]), ends[0])
                until = min(stored_instant(period["to"]), ends[1]) if period["to"] else ends[1]
                said = f"{w('treatments', treatment)} · {w.stamp(period['from'])}"
                address = event(period["event"]["position"])
                drawn.append(link(address, said, [_bar(x, begin, until, "stretch treatment")]))
        yield drawn


def _bar(x: Scale, begin: int, end: int, class_: str, said: str | None = None) -> Markup:
    return box(x(begin), 2, x(end) - x(begin), LANE - 4, class_, said)


def _name_within(left: float, right: float, said: str) -> list[Markup]:
    return [text(left + 4, 12, said, "within")] if right - left > len(said) * LETTER + 8 else []


def _cross(x: float, said: str) -> Markup:
    arms = [line(x - 4, 4, x + 4, 12, "cross"), line(x - 4, 12, x + 4, 4, "cross")]
    return element("g", [element("title", [said]), *arms])
