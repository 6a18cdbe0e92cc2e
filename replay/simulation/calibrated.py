"""The rules in force held against what was published: each figure beside the interval of one more simulated replicate.

A published figure is one history; so it is held against where one more replicate would lie, or the mean of as many
years as it is of, and not against how well the mean of many is known, which would exclude any figure once there are
enough of them.
"""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from statistics import median, quantiles
from typing import Any

from fixtures.national.calibration import UNCOMMON_CAUSES
from projections.survival import DONOR_TYPES
from replay.simulation.intervals import Interval, figure, interval_of_one
from replay.simulation.outcomes import SECONDS_A_DAY
from replay.simulation.request import Request
from replay.simulation.share import Share
from replay.simulation.stays import TRANSPLANTED

YEAR_S, DAYS = 365 * SECONDS_A_DAY, 365.25
LONG_TERM = "lvad", "bivad", "total_artificial_heart"
OFF = ("died", "worsened", "improved", "refused", "other")
MEDIANS = {
    "nt_probnp_at_registration": "nt_probnp_listed",
    "bnp_at_registration": "bnp_listed",
}
ENOUGH = 10
"""Replicates from which on an interval says enough to be held against a figure."""
Person = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A published figure beside what was simulated."""

    figure: str
    published: float
    source: str
    role: str
    """``held_out``: no rate was set by it; ``fitted``: one was; ``input``: people are drawn by it."""
    simulated: Interval
    replicates: int

    @property
    def within(self) -> bool | None:
        """Whether the published figure lies in the interval; None without one, and of too few replicates to tell."""
        low, high = self.simulated.low, self.simulated.high
        if low is None or high is None or self.replicates < ENOUGH:
            return None
        return low <= self.published <= high

    def as_json(self) -> dict[str, Any]:
        """The document's entry."""
        interval = self.simulated.as_json()
        return {
            "figure": self.figure,
            "published": figure(self.published),
            "source": self.source,
            "simulated": interval["mean"],
            "low": interval["low"],
            "high": interval["high"],
        }


@cache
def published() -> dict[str, dict[str, Any]]:
    """The published figures, by name."""
    text = resources.files("replay.simulation").joinpath("published.toml").read_text(encoding="utf-8")
    figures: dict[str, dict[str, Any]] = tomllib.loads(text)["figures"]
    return figures


def calibrated(request: Request, shares: Sequence[Share]) -> list[Calibrated]:
    """Each published figure beside the replicates lived under the rules in force."""
    measured = [measures(request, share) for share in shares]
    return [
        Calibrated(
            name,
            float(said["published"]),
            said["source"],
            said["role"],
            interval_of_one(
                [each[said.get("measure", name)] for each in measured], said.get("years", request.years) / request.years
            ),
            len(measured),
        )
        for name, said in published().items()
    ]


def measures(request: Request, share: Share) -> dict[str, float | None]:
    """What was published, measured in one replicate; None where nobody is there to measure (too few years)."""
    names = list(share.columns)
    people: list[Person] = [dict(zip(names, row, strict=True)) for row in zip(*share.columns.values(), strict=True)]
    new = [each for each in people if not each["standing"]]
    return _volumes(request, share, people, new) | _courses(share, people, new) | _recipients(people) | _who(new)


def _volumes(request: Request, share: Share, people: list[Person], new: list[Person]) -> dict[str, float | None]:
    years, censuses = request.years, share.censuses

    def ended(*outcomes: str) -> float:
        return sum(each["outcome"] in outcomes for each in people) / years

    first_year = request.anniversary(1)
    return {
        "registrations_a_year": len(new) / years,
        "transplants_a_year": ended(TRANSPLANTED),
        "deaths_on_the_list_a_year": ended("died"),
        "dead_or_worsened_a_year": ended("died", "worsened"),
        "delisted_a_year": ended("worsened", "improved", "refused", "other"),
        "delisted_for_worsening_a_year": ended("worsened"),
        "listed_at_the_end_of_a_year": sum(each.listed for each in censuses) / len(censuses),
        "inactive_share_of_the_list": _ratio(sum(c.suspended for c in censuses), sum(c.listed for c in censuses)),
        "candidates_over_the_first_year": float(sum(each["listed"] < first_year for each in people)),
        "offers_a_year": share.counts.get("offers", 0) / years,
        "proposals_an_offer": _ratio(share.counts.get("proposals", 0), share.counts.get("offers", 0)),
        "registrations_by_those_of_the_year_before": _second_by_first(request, [each["listed"] for each in new]),
        "transplants_by_those_of_the_year_before": _second_by_first(
            request, [each["ended"] for each in people if each["outcome"] == TRANSPLANTED]
        ),
    }


def _second_by_first(request: Request, instants: Sequence[int]) -> float | None:
    """How many of these are of the second year, by those of the first; None where only one is lived."""
    first, second = (sum(request.anniversary(n) <= at < request.anniversary(n + 1) for at in instants) for n in (0, 1))
    return _ratio(second, first) if request.years > 1 else None


def _courses(share: Share, people: list[Person], new: list[Person]) -> dict[str, float | None]:
    """What becomes of candidates within a year, of those alone whose whole year was lived."""
    seconds = sum(each["ended"] - max(each["listed"], share.begin) for each in people)
    lost = sum(each["outcome"] in ("died", "worsened") for each in people)
    whole = share.end - share.begin >= 2 * YEAR_S  # of a single year only its first hours could be followed for one
    followed = [each for each in new if whole and each["listed"] <= share.end - YEAR_S]
    adults = _adults(followed)
    return {
        "deaths_or_worsening_per_1000_patient_years": _ratio(lost * 1000, seconds / (DAYS * SECONDS_A_DAY)),
        "transplanted_within_a_year": _share_of(followed, lambda each: _within_a_year(each, TRANSPLANTED)),
        "adults_transplanted_within_a_year": _share_of(adults, lambda each: _within_a_year(each, TRANSPLANTED)),
        "adults_dead_or_off_within_a_year": _share_of(adults, lambda each: _within_a_year(each, *OFF)),
        "dead_within_a_year_of_listing": _share_of(followed, lambda each: _within_a_year(each, "died")),
        **_by_risk(followed),
    }


def _by_risk(followed: list[Person]) -> dict[str, float | None]:
    """What had become of those followed for a year or more by the end, and of the quarters with least and most risk."""
    ordered = sorted(
        (each for each in followed if each["icar_listed"] is not None), key=lambda each: each["icar_listed"]
    )
    quarter = len(ordered) // 4
    groups = {
        "followed": followed,
        "lowest_quarter_of_risk": ordered[:quarter],
        "highest_quarter_of_risk": ordered[len(ordered) - quarter :],
    }
    transplanted = {
        f"transplanted_of_the_{name}": _share_of(people, lambda each: each["outcome"] == TRANSPLANTED)
        for name, people in groups.items()
    }
    return transplanted | {
        f"dead_or_off_of_the_{name}": _share_of(people, lambda each: each["outcome"] in OFF)
        for name, people in groups.items()
    }


def _within_a_year(person: Person, *outcomes: str) -> bool:
    return person["outcome"] in outcomes and person["ended"] - person["listed"] <= YEAR_S


def _recipients(people: list[Person]) -> dict[str, float | None]:
    found = [each for each in people if each["outcome"] == TRANSPLANTED]
    days = [(each["ended"] - each["listed"]) / SECONDS_A_DAY for each in found]
    lower, middle, upper = quantiles(days, n=4) if len(days) > 1 else (None, None, None)
    measured = [each for each in found if each["gfr_called"] is not None]
    return {
        "lower_quartile_of_days_waited_by_recipients": lower,
        "median_days_waited_by_recipients": middle,
        "upper_quartile_of_days_waited_by_recipients": upper,
        "recipients_with_gfr_under_60": _share_of(measured, lambda each: each["gfr_called"] < 60),
        "recipients_dead_within_a_year": _share_of(found, lambda each: not each["survivor_1y"]),
        "recipients_on_ecmo": _share_of(found, lambda each: "ecmo" in each["treatments_ended"].split()),
        "recipients_on_inotropes": _share_of(found, lambda each: "iv_inotropes" in each["treatments_ended"].split()),
    }


def _who(new: list[Person]) -> dict[str, float | None]:
    """Who is registered, and how ill."""

    def on(*names: str) -> float | None:
        return _share_of(new, lambda each: bool(set(names) & set(each["treatments_listed"].split())))

    found = {
        "registered_on_ecmo": on("ecmo"),
        "registered_on_inotropes": on("iv_inotropes"),
        "registered_with_long_term_support": on(*LONG_TERM),
        "registered_under_18": _share_of(new, lambda each: each["age"] < 18),
        "registered_at_55_or_over": _share_of(new, lambda each: each["age"] >= 55),
        "registered_at_65_or_over": _share_of(new, lambda each: each["age"] >= 65),
        "median_age_of_adults_at_registration": _median(_adults(new), "age"),
        "registered_male": _share_of(new, lambda each: each["sex"] == "M"),
    }
    found |= {f"median_{name}": _median(new, column) for name, column in MEDIANS.items()} | _expert_and_filter(new)
    for group in ("A", "O", "B", "AB"):
        found[f"blood_group_{group.lower()}"] = _share_of(new, lambda each, g=group: each["blood_group"] == g)  # type: ignore[misc]
    return found


def _expert_and_filter(new: list[Person]) -> dict[str, float | None]:
    """Who of the adults gets XPCA, and for whom the filter of survival after the graft bars some donors, or all."""
    adults = _adults(new)
    causes = {False: "common", True: "uncommon"}
    judged = [each for each in adults if each["donor_types_listed"] is not None]
    return {
        f"xpca_of_{causes[uncommon]}_causes": _share_of(
            [each for each in adults if (each["disease"] in UNCOMMON_CAUSES) == uncommon], lambda each: each["expert"]
        )
        for uncommon in causes
    } | {
        "ineligible_whatever_the_donor": _share_of(judged, lambda each: each["donor_types_listed"] == 0),
        "barred_from_some_donors": _share_of(judged, lambda each: each["donor_types_listed"] < DONOR_TYPES),
    }


def _adults(people: Iterable[Person]) -> list[Person]:
    return [each for each in people if each["age"] >= 18]


def _median(people: Iterable[Person], column: str) -> float | None:
    known = [float(each[column]) for each in people if each[column] is not None]
    return median(known) if known else None


def _share_of(people: Iterable[Person], holds: Callable[[Person], bool]) -> float | None:
    truths = [holds(each) for each in people]
    return _ratio(sum(truths), len(truths))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
