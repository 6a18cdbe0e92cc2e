"""Whether the log is whole: its last checkpoint, proofs to download, and ``verify`` step by step."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from replay.pages.faults import fault_said
from replay.pages.figures import Sheet
from replay.pages.jobs import Work
from replay.pages.page import Frame

STEPS, OF_ROWS = 12, range(2, 8)
"""Steps of ``verify``; 2 to 7 look at each row together, and end with the last one."""


class Step(NamedTuple):
    """One step: waiting, under way, done (of nothing is known yet), whole, broken or not taken."""

    number: int
    state: str
    faults: int = 0
    fault: str | None = None
    position: int | None = None
    seen: int | None = None
    """Events it has looked at, while it is under way."""


def integrity_content(
    frame: Frame, work: Work, checkpoint: Sheet | None, verified: Sheet | None, head: int
) -> dict[str, Any]:
    """What the page shows; ``verified``: the document of ``verify`` once it is made."""
    position, w = frame.said.get("position"), frame.words
    return {
        "title": w("integrity", "title"), "work": work, "checkpoint": checkpoint, "verified": verified,
        "steps": list(_found(verified) if verified is not None else _under_way(work)), "head": head,
        "position": int(position) if position and 1 <= int(position) <= head else None,
        "whole": verified is not None and verified["whole"],
        "fault_said": lambda message: fault_said(message, w),
        "older": [] if verified is None else list(verified.entries("checkpoints")),
    }  # fmt: skip


def _under_way(work: Work) -> Iterator[Step]:
    now = OF_ROWS if work.step == 1 else (work.step + 1,)
    for number in range(1, STEPS + 1):
        if work.state != "running" or (number > work.step and number not in now):
            yield Step(number, "waiting")
        elif number <= work.step:
            yield Step(number, "done")
        else:
            yield Step(number, "running", seen=work.done if number in OF_ROWS else None)


def _found(verified: Sheet) -> Iterator[Step]:
    for step in verified["steps"]:
        first = step["first_fault"]
        state = "broken" if step["faults"] else "whole" if step["taken"] else "skipped"
        yield Step(
            step["step"], state, step["faults"], first["message"] if first else None,
            first["position"] if first else None,
        )  # fmt: skip
