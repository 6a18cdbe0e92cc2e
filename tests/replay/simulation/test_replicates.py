"""A replicate under a policy: the same bytes again, the same people under every policy, and what a rule does."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.errors import RequestError
from replay.simulation.policy import Policy
from replay.simulation.rates import Rates, own_rates
from replay.simulation.replicates import arrivals_of, replicate
from replay.simulation.request import Request
from replay.simulation.share import Share
from tests.replay.simulation.small import TODAY, small_request

NEARER = Policy.read("replay/simulation/policies/shorter_travel.toml")
OF_THE_PERSON = ("candidate", "sex", "blood_group", "disease", "centre", "age", "standing", "listed", "icar_listed")
FATE = "outcome", "ended"


@pytest.fixture(scope="module")
def request_of_three(tmp_path_factory: pytest.TempPathFactory) -> Request:
    path = tmp_path_factory.mktemp("policies") / "same.toml"
    path.write_text('inherits = "2023-06-15"\n[figures]\nassist_ratio = 0.20\n', encoding="utf-8")
    return small_request(TODAY, NEARER, Policy.read(str(path)))


@pytest.fixture(scope="module")
def shares(request_of_three: Request) -> list[Share]:
    return [replicate(request_of_three, policy, 1) for policy in request_of_three.policies]


def test_the_same_seed_gives_the_same_bytes_whichever_policy_was_lived_before(
    request_of_three: Request, shares: list[Share]
) -> None:
    arrivals_of.cache_clear()
    assert replicate(request_of_three, TODAY, 1).as_bytes() == shares[0].as_bytes()
    other = replicate(replace(request_of_three, seed=8), TODAY, 1)
    assert other.as_bytes() != shares[0].as_bytes()


def test_two_equal_policies_differ_by_exactly_nothing(shares: list[Share]) -> None:
    today, _, same = shares
    assert replace(same, policy=today.policy).as_bytes() == today.as_bytes()


def test_the_people_are_the_same_under_every_policy_and_so_is_what_no_graft_prevents(shares: list[Share]) -> None:
    people = [list(zip(*(share.columns[name] for name in OF_THE_PERSON), strict=True)) for share in shares]
    assert people[0] == people[1]
    fates = [
        dict(zip(people[0], zip(*(share.columns[name] for name in FATE), strict=True), strict=True)) for share in shares
    ]
    assert fates[0] != fates[1], "the policies differ in somebody's graft"
    for person, fate in fates[0].items():
        if "transplanted" not in (fate[0], fates[1][person][0]):
            assert fates[1][person] == fate


def test_a_request_that_makes_no_sense_is_refused_with_every_fault() -> None:
    with pytest.raises(RequestError, match=r"policy is missing.*2017-01-01.*years 0.*replicates 0.*seed -1"):
        Request((), date(2017, 1, 1), 0, 0, -1)


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        ("value = 565", "value = nan", "volumes.registrations_a_year = NaN: give a number from 0"),
        ("value = 565", "value = -1", "volumes.registrations_a_year = -1: give a number from 0"),
        ("value = 565", "value = true", "volumes.registrations_a_year = True: give a number"),
        ("withdrawn = { value = 0.02", "withdrawn = { value = 1.02", "a share is at most 1"),
        ("[turns.ecmo]\nweaned", "[turns.ecmo]\nreinstated", "turns.ecmo.reinstated is not known"),
        ("[turns.lvad]", "[turns.lvid]", "turns.lvid.suspended is not known: from there to died, worsened"),
        ("lost_at_procurement", "lost", "grafts.lost is not known.*grafts.lost_at_procurement is missing"),
        ("[0, 0.6]", "[20, 0.6]", "ascending ages"),
        (
            ', source = "invented: share of grafts',
            ', sauce = "invented: share of grafts',
            "give it a value and a source",
        ),
    ],
)
def test_what_is_wrong_with_rates_is_named(tmp_path: Path, ours: str, theirs: str, says: str) -> None:
    path = tmp_path / "rates.toml"
    path.write_text(own_rates().text.replace(ours, theirs), encoding="utf-8")
    with pytest.raises(RequestError, match=says):
        Rates.read(path)
