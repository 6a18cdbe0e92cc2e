"""What verification finds: faults by step, checkpoints that held, and the report of it all."""

from dataclasses import dataclass
from typing import Any, NamedTuple

STEPS = {
    1: "the file is a log: its marks, tables and triggers",
    2: "positions run 1, 2, 3 … without a gap",
    3: "each row is canonical JSON and an event",
    4: "each row stands in its subject's stream, in order",
    5: "recorded times never decrease",
    6: "each row has its identity, each identity its row",
    7: "no event stands where it would have been refused",
    8: "each checkpoint is signed, and its root is that of the rows",
    9: "import records fit the rows and the checkpoints",
    10: "the quarantine keeps what was refused, as the checkpoints signed it",
    11: "access records follow each other, as the checkpoints signed them",
    12: "messages received are kept as they came, or erased by an act, as the checkpoints signed it",
}
OF_ROWS = 8
"""The last step that looks at rows of events: their own faults come before those of what is kept beside them."""


class Fault(NamedTuple):
    """What a step found: the bad position, or the span it must lie in (``until``), or none where no row is bad."""

    step: int
    message: str
    position: int | None = None
    until: int | None = None

    @property
    def where(self) -> str:
        """The position in words."""
        if self.position is None:
            return f"step {self.step}"
        span = f"position {self.position}" if self.until is None else f"positions {self.position} to {self.until}"
        return f"{span}, step {self.step}"

    @property
    def order(self) -> tuple[float, int]:
        """The earliest known first; a fault that names no position last."""
        last = self.until if self.until is not None else self.position
        return float("inf") if last is None else last, self.step


class Faults:
    """The faults found so far: of each step how many, and the earliest."""

    def __init__(self) -> None:
        self.earliest: dict[int, Fault] = {}
        self.counts = dict.fromkeys(STEPS, 0)

    def add(self, step: int, message: str, position: int | None = None, until: int | None = None) -> None:
        """Note a fault."""
        fault = Fault(step, message, position, until)
        self.counts[step] += 1
        known = self.earliest.get(step)
        if known is None or fault.order < known.order:
            self.earliest[step] = fault


class SignedHead(NamedTuple):
    """A checkpoint that held: its file, what it signs, by whom (none: not checked), and when it was timestamped."""

    file: str
    origin: str
    size: int
    root: str
    signed_by: tuple[str, ...]
    timestamp: str | None


class Erased(NamedTuple):
    """Bytes that were taken out of the quarantine, or of what was received: number, SHA-256, when and why."""

    number: int
    sha256: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it all; ``limits`` says what this verification cannot show, ``reached`` is the last step taken."""

    size: int
    root: str
    faults: Faults
    checkpoints: tuple[SignedHead, ...]
    imported: tuple[range, ...]
    erased: tuple[Erased, ...]
    erased_received: tuple[Erased, ...]
    limits: tuple[str, ...]
    reached: int = max(STEPS)

    @property
    def first(self) -> Fault | None:
        """The fault at the earliest position; None for a whole log. A row's own fault comes before an import's span."""
        found = self.faults.earliest.values()
        return min(found, key=lambda fault: (fault.step > OF_ROWS, fault.order), default=None)

    def as_json(self) -> dict[str, Any]:
        """The verification's JSON document."""
        return {
            "whole": self.first is None,
            "size": self.size,
            "root": self.root,
            "first_fault": _fault_json(self.first),
            "steps": [
                {
                    "step": step,
                    "checks": title,
                    "taken": step <= self.reached,
                    "faults": self.faults.counts[step],
                    "first_fault": _fault_json(self.faults.earliest.get(step)),
                }
                for step, title in STEPS.items()
            ],
            "checkpoints": [head._asdict() for head in self.checkpoints],
            "imported": [[positions.start, positions.stop - 1] for positions in self.imported],
            "erased": [entry._asdict() for entry in self.erased],
            "erased_received": [entry._asdict() for entry in self.erased_received],
            "cannot_show": list(self.limits),
        }


def _fault_json(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {"step": fault.step, "position": fault.position, "until": fault.until, "message": fault.message}
