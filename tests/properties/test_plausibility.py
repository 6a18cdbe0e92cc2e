"""Plausibility never changes a score: without any rule every stored byte, list and digest is the same."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events.canonical import canonical_json
from engine.intake.plausibility import registry
from engine.log.history import history_of
from engine.rules.readings import choose_readings
from projections.waiting_list import waiting_list
from replay.run.moments import rules_for
from tests.independent.worlds import random_world
from tests.intake.support import opened, states, take
from tests.long import examples
from tests.support import offers_in, rows_of, run_of

quick = settings(max_examples=examples(5, 60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(events: list[dict[str, Any]]) -> tuple[list[bytes], list[dict[str, Any]], list[dict[str, Any]], int]:
    """What a log keeps of the events, its runs, the list at its last offer; the count of warnings and alerts."""
    with TemporaryDirectory() as folder, opened(Path(folder) / "log.db") as log:
        verdicts = take(log, *map(canonical_json, events), now=2**52, imported=True)
        kept = states(log)
    runs = [run_of(events, offer) for offer in offers_in(events)]
    history = history_of(rows_of(events))
    at = history.offers[-1].instant
    places = [place.as_json() for place in waiting_list(history, at, 1, rules_for(at, None), choose_readings())]
    noticed = sum(len(verdict.warnings) for verdict in verdicts) + sum(len(place.pop("alerts")) for place in places)
    return kept, runs, places, noticed


@quick
@given(seed=st.integers(min_value=0, max_value=10**9))
def test_without_any_rule_every_stored_byte_list_and_digest_is_the_same(seed: int) -> None:
    events = random_world(random.Random(seed), 6)
    *with_rules, noticed = told(events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "RULES_OF", {})
        *without_rules, fewer = told(events)
    assert without_rules == with_rules
    assert fewer < noticed
