"""The _AVI values: laboratory values from before ECMO or inotropes.

S is the earliest start among the running ECMO and inotrope periods. Per analyte the latest ``pre_treatment``
result counts that was sampled after the last ECMO or inotrope period that ended at or before S; else (reading
``derived``) the latest current result sampled at or before S and at most 30 days before it. They never expire.
"""

from dataclasses import dataclass
from decimal import Decimal

from engine.log.course import EFFECTIVE
from engine.log.history import Fact
from engine.quantities import elapsed_days
from projections.candidate import Candidate, Period

SUPPORT = ("ecmo", "iv_inotropes")


@dataclass(frozen=True, slots=True)
class PreTreatment:
    """The start S and what stands for the guide's _AVI fields; absent analytes are missing."""

    start: Fact
    values: dict[str, Fact]
    dialysis: Period | None


def support_start(candidate: Candidate) -> Fact | None:
    """S: the earliest start among the running ECMO and inotrope periods."""
    running = candidate.running
    starts = [running[name].start for name in SUPPORT if name in running]
    return min(starts, key=EFFECTIVE) if starts else None


def pre_treatment(candidate: Candidate, window_days: Decimal, *, derived: bool, counted: str) -> PreTreatment | None:
    """The _AVI values of a candidate on ECMO or inotropes, days as the reading elapsed_days; None without them."""
    start = support_start(candidate)
    if start is None:
        return None
    previous_end = max(
        (p.end for p in candidate.periods if p.treatment in SUPPORT and p.end is not None and p.end <= start.instant),
        default=None,
    )
    values: dict[str, Fact] = {}
    for analyte in dict.fromkeys(analyte for analyte, _ in candidate.labs):
        explicit = (
            fact
            for fact in reversed(candidate.labs.get((analyte, "pre_treatment"), ()))
            if previous_end is None or fact.instant > previous_end
        )
        earlier = (
            fact
            for fact in reversed(candidate.labs.get((analyte, "current"), ()) if derived else ())
            if fact.instant <= start.instant and elapsed_days(fact.instant, start.instant, counted) <= window_days
        )
        if latest := next(explicit, None) or next(earlier, None):
            values[analyte] = latest
    return PreTreatment(start, values, _dialysis_at(candidate, start.instant))


def _dialysis_at(candidate: Candidate, instant: int) -> Period | None:
    """The chronic dialysis period that covers an instant, whether or not it has stopped since."""
    for period in candidate.periods:
        started = period.treatment == "chronic_dialysis" and period.start.instant <= instant
        if started and (period.end is None or period.end > instant):
            return period
    return None
