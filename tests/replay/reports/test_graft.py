"""What is said of a graft beside its run is what the dossier, the audit of acts and the hindsight say of it."""

import random
from pathlib import Path

import pytest

from engine.errors import NoRunError
from engine.log.eventlog import EventLog
from engine.rules.ruleset import rules_named
from replay.audit.acts import held_acts
from replay.audit.hindsight import hindsight
from replay.reports.dossier.asking import dossier_document
from replay.reports.graft import assist_turn_told, graft_document, since_document
from replay.run.asked import ALWAYS, Asked
from replay.run.matchrun import match_run
from tests.independent.worlds import random_world
from tests.projections.support import CLOCK
from tests.replay.audit.act_stories import (
    RIGHT,
    WRONG,
    Acts,
    Story,
    discarded_and_grafted,
    donor_again,
    in_order,
    jumped,
    never_asked,
    transplanted_twice,
    unknown_offer,
)
from tests.replay.run.stored import store
from tests.replay.run.test_one_pass import with_offers

SHORT = (in_order, jumped, never_asked, transplanted_twice, discarded_and_grafted, donor_again)
STORIES = [
    pytest.param(each, marks=() if each in SHORT else pytest.mark.long_only)
    for each in (*RIGHT, *WRONG)
    if each is not unknown_offer
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_acts_of_an_offer_are_told_as_the_audit_finds_them_and_the_dossier_shows_them(
    story: Story, tmp_path: Path
) -> None:
    acts = Acts()
    story(acts)
    log = EventLog.open(acts.log.kept_at(tmp_path / "acts.db"))
    offer = "O2" if story is donor_again else "O1"
    asked = Asked(log, CLOCK)
    found = graft_document(asked, offer, match_run(asked.recalled_moment(offer)).as_json())
    audited = {each.offer: each.as_json()["findings"] for each in held_acts(log, ALWAYS, log.head())}
    assert [
        {name: each[name] for name in ("code", "candidate", "position", "message")} for each in found["findings"]
    ] == (audited[offer])
    told = dossier_document(asked, offer, None)
    assert {name: told[name] for name in ("donor", "acts", "findings", "withdrawn", "recorded", "offer")} == {
        name: found[name] for name in ("donor", "acts", "findings", "withdrawn", "recorded", "offer")
    }
    assert (found["counter"], found["assist_turn"]) == (told["run"]["counter"], told["rules"]["assist_turn"])
    assert found["travel"]["minutes"] == [
        {"centre": "750000010", "minutes": 0},
        {"centre": "690000020", "minutes": 600},
    ]


def test_what_later_facts_change_of_an_offer_is_what_hindsight_finds_of_it(tmp_path: Path) -> None:
    differing = 0
    for number in range(2):
        rng = random.Random(f"since-{number}")
        log = store(tmp_path / f"{number}.db", with_offers(rng, random_world(rng, 8), 6))
        asked, now = Asked(log, CLOCK), Asked(log, CLOCK, known_at="now")
        for expected in hindsight(log, ALWAYS, log.head()):
            if expected.problem is not None:
                with pytest.raises(NoRunError):
                    match_run(now.recalled_moment(expected.offer))
                continue
            runs = [match_run(each.recalled_moment(expected.offer)).as_json() for each in (asked, now)]
            found = since_document(asked, *runs)
            assert found["changes"] == [change.as_json() for change in expected.changes]
            learnt = [fact for each in found["learnt"] for fact in each["facts"]]
            assert all(fact.as_json() in learnt for fact in expected.facts)
            differing += 1
    assert differing > 1


@pytest.mark.parametrize(
    ("ruleset", "turns"), [("2019-04-09", [None] * 6), ("2020-01-07", [False] * 4 + [True, False])]
)
def test_every_fifth_offer_is_a_turn_of_those_on_an_lvad_since_there_are_such_turns(
    ruleset: str, turns: list[bool | None]
) -> None:
    assert [assist_turn_told(rules_named(ruleset), counter) for counter in range(1, 7)] == turns
