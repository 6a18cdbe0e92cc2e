"""What is known beforehand is found: who is given more gets more, and what changes nothing differs by nothing."""

from dataclasses import replace

import pytest

from replay.simulation.many import Results, simulate
from replay.simulation.policy import Policy
from tests.replay.simulation.small import TODAY, changing, decisive_rates, small_request

IDLE = changing("idle", assist_years_max=6)
"""Another figure that nobody in a small country reaches: no device there is five years old."""


def lived(*policies: Policy, replicates: int) -> Results:
    return simulate(replace(small_request(*policies), replicates=replicates, rates=decisive_rates()))


def favours(results: Results, group: str) -> bool:
    """Whether the second policy surely transplants more of a group, and fewer of the others."""
    ours = results.difference(1, f"transplants/component={group}")
    theirs = results.difference(1, "transplants/component=adult_standard")
    assert ours.low is not None
    assert theirs.high is not None
    return ours.low > 0 > theirs.high


def test_a_large_gain_is_found_and_what_changes_nothing_differs_by_nothing() -> None:
    results = lived(changing("few", xpca_points=200), TODAY, replicates=5)
    assert favours(results, "XPCA")
    equal = lived(TODAY, IDLE, replicates=1)
    assert equal.request.policies[0].sha256 != equal.request.policies[1].sha256, "each is lived for itself"
    found = {each.interval.as_json()["mean"] for each in equal.differences()}
    assert found <= {"0.000000", None}


@pytest.mark.long_only
def test_fifty_points_more_are_found() -> None:
    assert favours(lived(changing("500", xpca_points=500), changing("550", xpca_points=550), replicates=40), "XPCA")


@pytest.mark.long_only
def test_fifty_points_more_than_experts_grant_today_are_found_and_equal_policies_differ_by_nothing() -> None:
    results = lived(TODAY, changing("950", xpca_points=950), IDLE, replicates=24)
    assert favours(results, "XPCA")
    for name in results.names:
        assert set(results.difference(2, name).as_json().values()) <= {"0.000000", None}
