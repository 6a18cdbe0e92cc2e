"""A share: what became of everybody in one replicate under one policy, as plain columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.events.canonical import canonical_json
from engine.quantities import age_years, parse_date
from replay.simulation.lives import MICROSECONDS
from replay.simulation.living import Census, Living
from replay.simulation.policy import Policy
from replay.simulation.request import Request
from replay.simulation.stays import WAITING, Stay

AGE_CLASSES = ((18, "0-17"), (40, "18-39"), (55, "40-54"), (65, "55-64"), (1 << 10, "65+"))
"""Completed years below which one belongs to a class."""


@dataclass(frozen=True, slots=True)
class Share:
    """One replicate under one policy. Every column has a row for each candidate who was on the list at some time."""

    policy: str
    sha256: str
    """Of the policy's rule set."""
    number: int
    begin: int
    end: int
    columns: Mapping[str, Sequence[Any]]
    """
    candidate, sex, blood_group, disease, centre; age (completed years) and age_class, all at registration
    standing: whether on the list when the years began
    listed, ended: instants in seconds since 1970; ended is the end of the years for who is waiting then
    outcome: transplanted, waiting, or as delisted: died worsened improved refused other
    component: in use at the end of the stay; expert: whether XPCA was ever granted
    distance: class of the centre's median minutes from the procurement sites
    treatments_listed (a day after registration), treatments_ended: names, separated by spaces; icar_listed
    nt_probnp_listed, bnp_listed (ng/L); donor_types_listed: with how many of four types of donor survival would do
    offer, travel_minutes, survivor_1y (alive a year after the graft), gfr_called: None without a graft
    """
    counts: Mapping[str, int]
    """offers, proposals, and offers by outcome."""
    censuses: Sequence[Census]
    """The list at the end of each year."""

    def as_bytes(self) -> bytes:
        """The same bytes for the same share on every machine: canonical JSON."""
        return canonical_json(
            {name: getattr(self, name) for name in self.__slots__}
            | {"censuses": [[each.at, each.listed, each.suspended] for each in self.censuses]}
        )


def share_of(request: Request, policy: Policy, number: int, living: Living, censuses: Sequence[Census]) -> Share:
    """The share of a replicate that was lived."""
    rows = [dict(_row(stay, living, request)) for stay in living.stays.values() if stay.registration is not None]
    rows.sort(key=lambda row: str(row["candidate"]))
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return Share(
        policy.name,
        policy.sha256,
        number,
        request.begin,
        request.end,
        columns,
        dict(sorted(living.counts.items())),
        tuple(censuses),
    )


def _row(stay: Stay, living: Living, request: Request) -> Iterator[tuple[str, Any]]:
    assert stay.registration is not None, "only who was registered has a row"
    if stay.ending is None:
        living.stand(stay, WAITING)
    said, ending, listed = stay.registration.data, stay.ending, stay.registration.instant
    assert ending is not None, "every stay has an ending by now"
    age = int(age_years(parse_date(said["birth_date"]), listed, completed_only=True))
    at_listing = stay.life.at_listing(listed // MICROSECONDS)
    graft = ending.graft
    yield "candidate", stay.life.name
    yield "sex", said["sex"]
    yield "blood_group", said["blood_group"]
    yield "disease", said["diseases"][0]
    yield "centre", said["centre"]
    yield "distance", living.distances.of(said["centre"])
    yield "age", age
    yield "age_class", next(name for below, name in AGE_CLASSES if age < below)
    yield "standing", listed < request.begin * MICROSECONDS
    yield "listed", listed // MICROSECONDS
    yield "ended", ending.at
    yield "outcome", ending.outcome
    yield "component", ending.component
    yield "expert", stay.expert
    yield "treatments_listed", " ".join(at_listing.treatments)
    yield "treatments_ended", " ".join(ending.treatments)
    yield "icar_listed", at_listing.icar
    yield "nt_probnp_listed", at_listing.nt_probnp
    yield "bnp_listed", at_listing.bnp
    yield "donor_types_listed", at_listing.donor_types
    yield "offer", graft.offer if graft else None
    yield "travel_minutes", graft.minutes if graft else None
    yield "survivor_1y", graft.survivor if graft else None
    yield "gfr_called", graft.gfr if graft else None
