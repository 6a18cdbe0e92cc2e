"""The fewest of the facts learnt since that are enough, found without trying each of thousands alone."""

import random

import pytest

from engine.log.history import Fact
from replay.audit.deciding import fewest
from replay.audit.learnt import Learnt
from tests.long import examples


def learnt(count: int) -> list[Learnt]:
    """Late facts, the later ones stored first."""
    facts = [
        Fact(count - number, "lab-result.recorded", "candidate/C1", "urn:lab", str(number), number, {}, "", "")
        for number in range(count)
    ]
    return [Learnt(fact, "late") for fact in facts]


def test_of_thousands_of_facts_those_that_decide_are_found_in_a_few_tries() -> None:
    tries, late = 0, learnt(4000)
    needed = {1, 900, 901, 4000}

    def enough(some: list[Learnt]) -> bool:
        nonlocal tries
        tries += 1
        return needed <= {each.fact.position for each in some}

    assert [each.fact.position for each in fewest(late, enough)] == sorted(needed)
    assert tries < 200


@pytest.mark.parametrize("seed", range(examples(20, 200)))
def test_whatever_is_enough_no_fact_can_be_left_out_of_those_found(seed: int) -> None:
    rng = random.Random(seed)
    late = learnt(rng.randrange(1, 12))
    whole = {each.fact.position for each in late}
    sets = [set(rng.sample(sorted(whole), rng.randrange(1, len(whole) + 1))) for _ in range(4)]

    def enough(some: list[Learnt]) -> bool:
        known = {each.fact.position for each in some}
        return known == whole or any(one <= known and len(known) % 3 != seed % 3 for one in sets)

    found = fewest(late, enough)
    assert enough(found)
    assert not any(enough([each for each in found if each is not other]) for other in found if len(found) > 1)


def test_of_facts_that_each_are_enough_alone_what_took_effect_last_is_kept() -> None:
    late = learnt(5)
    assert fewest(late, bool) == [late[-1]]
    assert fewest(late, lambda some: True) == []
    assert fewest(late, lambda some: True, one_at_least=True) == [late[-1]]
