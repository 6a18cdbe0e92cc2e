"""The human acts of an offer on a time line: a row for each candidate asked, from the offer to the closing.

A ring is a proposal, a disc an acceptance, a cross a refusal, a square the closing; each opens its event. An act that
departs from the ranking stands in a frame.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from engine.log.history import stored_instant
from engine.quantities import paris_clock, paris_text
from replay.pages.drawings.scale import Scale
from replay.pages.drawings.svg import element, line, link, picture, text
from replay.reports.words import Words

WIDTH, LEFT, RIGHT, TOP, ROW = 960, 150, 24, 30, 20
MINUTE = 60_000_000
STEPS_IN_MINUTES = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200)
MOST_TICKS = 10
Act = Mapping[str, Any]


def acts_drawing(acts: Sequence[Act], offered: str, label: str, w: Words, event: Callable[[int], str]) -> Markup:
    """The picture; ``offered`` is the offer's time."""
    begin = min([stored_instant(offered), *(stored_instant(act["time"]) for act in acts)])
    end = max(max(stored_instant(act["time"]) for act in acts), begin + 30 * MINUTE)
    x = Scale(begin, end, LEFT, WIDTH - RIGHT)
    rows = list(dict.fromkeys(act["candidate"] for act in acts))
    height = TOP + ROW * len(rows) + 12
    here = x(stored_instant(offered))
    drawn = [*_hours(begin, end, x, height, w), line(here, TOP - 8, here, height, "now")]
    for number, candidate in enumerate(rows):
        drawn += _row([act for act in acts if act["candidate"] == candidate], TOP + ROW * number + 12, x, w, event)
    return picture(WIDTH, height, label, drawn, "timeline", opens=True)


def _hours(begin: int, end: int, x: Scale, height: int, w: Words) -> Iterator[Markup]:
    """Round times by the clock in Paris; a midnight is told as the day that begins."""
    fitting = (each for each in STEPS_IN_MINUTES if (end - begin) / (each * MINUTE) <= MOST_TICKS)
    step = next(fitting, STEPS_IN_MINUTES[-1])
    first = paris_clock(begin)
    past = (first.hour * 60 + first.minute) % step * MINUTE + first.second * 1_000_000 + first.microsecond
    at = begin - past + step * MINUTE
    while at <= end:
        wall = paris_clock(at)
        midnight = (wall.hour, wall.minute) == (0, 0)
        said = w.day_month(paris_text(at)) if midnight or step >= 1440 else f"{wall.hour:02}:{wall.minute:02}"
        yield line(x(at), TOP - 8, x(at), height, "grid")
        yield text(x(at), TOP - 13, said, "tick", "middle")
        at += step * MINUTE


def _row(acts: Sequence[Act], y: float, x: Scale, w: Words, event: Callable[[int], str]) -> Iterator[Markup]:
    first, last = (x(stored_instant(each["time"])) for each in (acts[0], acts[-1]))
    candidate, rank = acts[0]["candidate"], acts[0]["rank"]
    if candidate is not None:
        place = w("drawings", "unranked") if rank is None else w("drawings", "rank", rank=rank)
        yield text(0, y + 4, f"{candidate} · {place}", "lane-name")
    yield line(first, y, last, y, "span")
    for act in acts:
        yield _act(act, x(stored_instant(act["time"])), y, w, event)


def _act(act: Act, x: float, y: float, w: Words, event: Callable[[int], str]) -> Markup:
    said = f"{w.stamp(act['time'])} · {w('drawings', act['what'])} {act['candidate'] or ''}".strip()
    shapes = [_shape(act["what"], x, y)]
    if act["deviation"]:
        said = f"{said} · {w('drawings', 'deviation')}"
        shapes.append(element("rect", x=x - 9, y=y - 9, width=18, height=18, class_="deviation"))
    return link(event(act["position"]), said, shapes)


def _shape(what: str, x: float, y: float) -> Markup:
    if what == "proposal.declined":
        arms = f"M{x - 5:.2f} {y - 5:.2f}l10 10m0 -10l-10 10"
        return element("path", d=arms, class_="act declined")
    if what == "offer.closed":
        return element("rect", x=x - 6, y=y - 6, width=12, height=12, class_="act closed")
    kind = "accepted" if what == "proposal.accepted" else "made"
    return element("circle", cx=x, cy=y, r=6, class_=f"act {kind}")
