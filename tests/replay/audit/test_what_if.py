"""A what-if in one pass counts what the exact run of each offer under either rule set shows, candidate by candidate."""

import pickle
import random
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import RuleSetError
from engine.log.eventlog import EventLog
from engine.rules.ruleset import Figure, RuleSet, changed_rules, read_table, rule_history
from projections.score import ExactScores
from replay.audit.compare import changes
from replay.audit.what_if import WhatIf, what_if
from replay.run.asked import ALWAYS
from replay.run.matchrun import Entry, MatchRun, match_run
from tests.independent.worlds import random_world
from tests.projections.support import ELSEWHERE
from tests.replay.run.stored import store
from tests.replay.support import adult, offered, one_town
from tests.support import moment_of, offers_in

FIRST, *_, LAST = rule_history()


@pytest.mark.parametrize("changed", [FIRST, LAST], ids=lambda rules: rules.id)
def test_every_candidate_counts_in_its_groups_as_in_the_exact_runs(
    changed: RuleSet, tmp_path: Path, long_run: bool
) -> None:
    for number in range(40 if long_run else 3):
        events = random_world(random.Random(f"what-if-{number}"), 8)
        log = store(tmp_path / f"{number}.db", events)
        moments = [moment_of(events, offer) for offer in offers_in(events)]
        runs = [
            (match_run(moment, ExactScores), match_run(replace(moment, rules=changed), ExactScores))
            for moment in moments
        ]
        found = what_if(log, ALWAYS, changed)
        log.close()
        assert found.offers == len(runs)
        assert found.offers_changed == sum(bool(changes(*each)) for each in runs)
        assert found.first_places_changed == sum(_first(before) != _first(after) for before, after in runs)
        assert _gained(found) == _counted(runs)


def test_the_rules_in_force_change_nothing(tmp_path: Path) -> None:
    events = random_world(random.Random("same"), 8)
    log = store(tmp_path / "log.db", events)
    same = what_if(log, ALWAYS, moment_of(events, offers_in(events)[0]).rules)
    log.close()
    assert (same.offers, same.offers_changed, same.first_places_changed) == (len(offers_in(events)), 0, 0)
    assert all(gains.ranks_gained == 0 for groups in same.groups.values() for gains in groups.values())


def test_no_figure_that_a_file_may_give_ends_otherwise_than_counted_or_said(tmp_path: Path, long_run: bool) -> None:
    log = store(tmp_path / "log.db", random_world(random.Random("figures"), 8))
    figures = [each for each in LAST.figures.values() if isinstance(each.value, Decimal)]
    said: dict[str, str] = {}
    for figure in figures:
        for value in (Decimal(0), Decimal("1e-300"), Decimal(999_999_999)):
            try:
                changed = _changed(figure, value)
                if long_run or value > 1:
                    what_if(log, ALWAYS, changed)
            except RuleSetError as error:
                said[figure.name] = str(error)
    log.close()
    assert all(re.match(f"far.toml: (with )?{name} = ", words) for name, words in said.items())
    assert {"gfr_dialysis", "gfr_max", "bilirubin_min", "age_gap_span_years", "bsa_height_exponent"} <= {*said}
    assert not {"icar_max", "bsa_min_ratio", "survival_min"} & {*said}


def test_what_has_no_value_is_said_with_file_figures_offer_and_candidate_by_any_process(tmp_path: Path) -> None:
    log = one_town()
    adult(log, "C1", centre=ELSEWHERE)
    offered(log)
    kept = EventLog.open(log.kept_at(tmp_path / "log.db"))
    far = pickle.loads(pickle.dumps(_changed(LAST.figures["travel_exponent"], Decimal("5.5"))))
    with pytest.raises(RuleSetError) as caught:
        what_if(kept, ALWAYS, far)
    kept.close()
    words = (
        "far.toml: with travel_exponent = 5.5, the score of candidate C1 at offer O1 cannot be computed "
        "(its numbers pass all bounds): give figures nearer to the guide's"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == words
    assert caught.value.exit_code == 2


def _changed(figure: Figure, value: Decimal) -> RuleSet:
    """The rules of a file that gives a figure another value."""
    days = f"valid_from = 2025-01-01\nlast_checked_on = 2025-01-01\nextends = '{LAST.id}'\n"
    value = -value if isinstance(figure.value, Decimal) and figure.value < 0 else value
    said = f"value = {value:f}\nunit = '{figure.unit}'\nsource = 'x'\nattested_from = 2025-01-01\n"
    return changed_rules(read_table(f"{days}[figures.{figure.name}]\n{said}", "far.toml"), "far.toml")


def _gained(found: WhatIf) -> dict[tuple[str, str], tuple[int, ...]]:
    return {
        (kind, group): tuple(gains.as_json().values())
        for kind, groups in found.groups.items()
        for group, gains in groups.items()
    }


def _counted(runs: list[tuple[MatchRun, MatchRun]]) -> dict[tuple[str, str], tuple[int, ...]]:
    """First places before and after, ranks gained, entered and left of every group, from the entries alone."""
    found: dict[tuple[str, str], Counter[int]] = {}
    for before, after in runs:
        for entry in (*after.ranking, *after.excluded):
            counts = dict(enumerate(_counts(_rank(before, entry), _rank(after, entry))))
            for group in _groups(entry).items():
                found.setdefault(group, Counter()).update(counts)
    return {group: tuple(counts[place] for place in range(5)) for group, counts in found.items()}


def _counts(before: int, after: int) -> tuple[int, ...]:
    """What a candidate of two ranks adds; 0 is none."""
    gained = before - after if before and after else 0
    return int(before == 1), int(after == 1), gained, int(after > 0 == before), int(before > 0 == after)


def _rank(run: MatchRun, entry: Entry) -> int:
    return next((rank for rank, each in enumerate(run.ranking, 1) if each.standing.id == entry.standing.id), 0)


def _groups(entry: Entry) -> dict[str, str]:
    variables = entry.standing.view.variables
    age = variables.age_years
    classes = ((18, "under 18"), (40, "under 40"), (55, "under 55"), (65, "under 65"))
    return {
        "blood_group": str(variables.blood_group),
        "age_class": next((name for bound, name in classes if age < bound), "65 and over"),
        "component": entry.standing.component,
        "sex": str(variables.sex),
        "centre": str(entry.standing.view.candidate.value("centre")),
    }


def _first(run: MatchRun) -> str | None:
    return run.ranking[0].standing.id if run.ranking else None
