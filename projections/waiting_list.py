"""The national list without a donor: every active candidate by raw composite score (CCB), ties as in a run."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.log.history import History
from engine.quantities import exact_arithmetic
from engine.rules.readings import Readings
from engine.rules.ruleset import RuleSet
from projections.column_scores import score_in_columns
from projections.data_quality import Alert, alerts_of
from projections.gather import gather_list
from projections.rank import rank
from projections.score import Scoring
from projections.standing import Standing


@dataclass(frozen=True)
class Place:
    """A candidate's place on the national list and in its team."""

    rank: int
    team_rank: int
    standing: Standing
    rules: RuleSet
    readings: Readings
    history: History = field(repr=False)

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """What its team should look at; found when it is asked for, as one panel asks for one candidate's alone."""
        with exact_arithmetic():
            return tuple(alerts_of(self.standing.listed, self.rules, self.readings, self.history))

    @property
    def centre(self) -> str:
        """FINESS number of the candidate's centre."""
        return str(self.standing.view.candidate.value("centre"))

    @property
    def codes(self) -> list[str]:
        """The codes of the alerts."""
        return [alert.code for alert in self.alerts]

    def as_json(self, *, alerts: bool = True) -> dict[str, Any]:
        """Rank, rank in the team, score, and the codes of the alerts, unless these are left to be filled in."""
        candidate = self.standing.view.candidate
        return {
            "rank": self.rank,
            "team_rank": self.team_rank,
            "candidate": self.standing.id,
            **self.standing.raw_fields(),
            "alerts": self.codes if alerts else [],
            "centre": self.centre,
            "team": candidate.value("team"),
        }


def waiting_list(
    history: History, at: int, counter: int, p: RuleSet, r: Readings, score: Scoring = score_in_columns
) -> list[Place]:
    """The list at an instant, for the offer that would come next (``counter``)."""
    ranked, _ = rank(score(gather_list(history, at, counter, p, r)))
    in_team: dict[tuple[object, object], int] = {}
    places = []
    for number, scored in enumerate(ranked, 1):
        candidate = scored.listed.profile.candidate
        team = candidate.value("centre"), candidate.value("team")
        in_team[team] = in_team.get(team, 0) + 1
        places.append(Place(number, in_team[team], scored.standing, p, r, history))
    return places


def knows_centre(history: History, centre: str) -> bool:
    """Whether any registration, update or travel matrix names the centre."""
    return any(
        fact.data.get("centre") == centre or any(row[1] == centre for row in fact.data.get("rows", ()))
        for kind in ("travel-times", "candidate")
        for _, known in history.of_kind(kind)
        for fact in known.facts.values()
    )
