"""audit --acts: of acts together, and at one instant, what does not fit is told of once, by the code that says it."""

from pathlib import Path

import pytest

from tests.replay.audit.act_stories import ACCEPTED, DECLINED, MADE, Acts, Found, Story
from tests.replay.audit.test_acts import audited, found_in


def closed_as_accepted_and_grafted_another(acts: Acts) -> list[Found]:
    """Accepted and closed for the first, the second transplanted: the transplantation is what does not fit."""
    acts.act(MADE, "C1")
    acts.act(MADE, "C2")
    acts.act(ACCEPTED, "C1")
    acts.closed("transplanted", "C1")
    return [("transplanted_another", "C2", acts.grafted("C2"))]


def closed_for_another_than_grafted(acts: Acts) -> list[Found]:
    """Nobody accepted: closed for one who had declined by the time, and another transplanted."""
    acts.act(MADE, "C1")
    acts.act(DECLINED, "C1")
    acts.act(MADE, "C2")
    closed = acts.closed("transplanted", "C1")
    acts.grafted("C2")
    return [("closed_for_another", "C1", closed)]


def passed_over_and_answered(acts: Acts) -> list[Found]:
    """Passed over by a proposal, and answering unasked later on: that answer was no skipping."""
    made = acts.act(MADE, "C2")
    answer = acts.act(DECLINED, "C1")
    acts.act(DECLINED, "C2")
    return [("proposed_out_of_order", "C2", made), ("answer_without_proposal", "C1", answer)]


def at_the_instant_of_leaving(acts: Acts) -> list[Found]:
    """Who leaves the list at an instant is off it then: not to be asked any more, and not passed over."""
    acts.log.delisted("C1", "2024-05-17 00:05", "died")
    made = acts.act(MADE, "C1", 5)
    acts.act(MADE, "C2", 5)
    return [("candidate_delisted", "C1", made)]


def back_before_being_asked(acts: Acts) -> list[Found]:
    """Suspended and reinstated since the run, and passed over after that."""
    acts.log.happened("suspended", "C1", "2024-05-17 00:01")
    acts.log.happened("reinstated", "C1", "2024-05-17 00:02")
    made = acts.act(MADE, "C2", 3)
    return [("proposed_out_of_order", "C2", made), ("skipped", "C1", made)]


@pytest.mark.parametrize(
    "story",
    [
        closed_as_accepted_and_grafted_another,
        closed_for_another_than_grafted,
        passed_over_and_answered,
        at_the_instant_of_leaving,
        back_before_being_asked,
    ],
    ids=lambda story: story.__name__,
)
def test_of_acts_together_what_does_not_fit_is_found_and_nothing_else(story: Story, tmp_path: Path) -> None:
    acts = Acts()
    expected = story(acts)
    code, document = audited(tmp_path / "log.db", acts)
    assert (sorted(found_in(document), key=str), code) == (sorted(expected, key=str), 3)
