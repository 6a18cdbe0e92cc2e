"""The national list without a donor: every active candidate by raw composite score (CCB), ties as in a run."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.log.history import History
from engine.quantities import exact_arithmetic, published
from engine.rules.arithmetic import EXACT_ARITHMETIC, Arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.candidate import candidate_at
from projections.data_quality import Alert, alerts_of
from projections.recipient import recipient_at
from projections.standing import Standing, standing_of


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate's place on the national list and in its team."""

    rank: int
    team_rank: int
    standing: Standing
    alerts: tuple[Alert, ...]

    @property
    def centre(self) -> str:
        """FINESS number of the candidate's centre."""
        return str(self.standing.view.candidate.value("centre"))

    def as_json(self) -> dict[str, Any]:
        """Rank, rank in the team, score, and the codes of the alerts."""
        candidate = self.standing.view.candidate
        return {
            "rank": self.rank,
            "team_rank": self.team_rank,
            "candidate": self.standing.id,
            **self.standing.raw_fields(),
            "alerts": [alert.code for alert in self.alerts],
            "centre": self.centre,
            "team": candidate.value("team"),
        }


def waiting_list(
    history: History, at: int, counter: int, p: RuleSet, r: Readings, x: Arithmetic = EXACT_ARITHMETIC
) -> list[Place]:
    """The list at an instant, for the offer that would come next (``counter``)."""
    with exact_arithmetic():
        found = []
        for _, known in history.of_kind("candidate"):
            candidate = candidate_at(known, at)
            if candidate is not None and candidate.active:
                found.append(standing_of(recipient_at(candidate, at, p, r), known, counter, x, p, r))
        found.sort(key=lambda standing: (-Decimal(published(standing.raw.ccb)), standing.tie_break))
        in_team: dict[tuple[object, object], int] = {}
        places = []
        for rank, standing in enumerate(found, 1):
            candidate = standing.view.candidate
            team = candidate.value("centre"), candidate.value("team")
            in_team[team] = in_team.get(team, 0) + 1
            places.append(Place(rank, in_team[team], standing, tuple(alerts_of(standing.view, p, history))))
        return places


def knows_centre(history: History, centre: str) -> bool:
    """Whether any registration, update or travel matrix names the centre."""
    for subject, known in history.subjects.items():
        for fact in known.facts.values() if subject.startswith(("candidate/", "travel-times/")) else ():
            if fact.data.get("centre") == centre or any(row[1] == centre for row in fact.data.get("rows", ())):
                return True
    return False
