"""The threads of a subject: whatever order facts come in, each question is answered as by looking at every fact."""

from itertools import product

from engine.log.course import Course, lab_thread
from engine.log.history import Fact
from engine.quantities import LATEST

THREAD = lab_thread("creatinine", "current")


def fact(position: int, instant: int) -> Fact:
    """A result of one analyte."""
    data = {"analyte": "creatinine"}
    return Fact(position, "lab-result.recorded", "candidate/C1", "/lab", f"e{position}", instant, data, "", "")


def test_what_comes_before_at_and_after_a_fact_is_found_whatever_order_facts_came_in() -> None:
    for many in range(5):
        for instants in product(range(1, 4), repeat=many):
            facts = [fact(2 * nth, instant) for nth, instant in enumerate(instants, 1)]
            course = Course(facts)
            assert course.earliest == min(instants, default=LATEST)
            assert course.thread(THREAD) == sorted(facts, key=lambda each: each.effective)
            others = [fact(position, instant) for position in (1, 3, 99) for instant in range(5)]
            for asked in (*facts, *others):
                before = [each for each in course.thread(THREAD) if each.effective < asked.effective]
                assert course.all_before(asked, THREAD) == before
                assert course.before(asked, THREAD) is (before[-1] if before else None)
                assert course.follows(asked, THREAD) is any(each.effective > asked.effective for each in facts)
                at = [each for each in before if each.instant == asked.instant]
                assert list(course.at_instant(asked, THREAD)) == at


def test_a_thread_that_nobody_told_of_is_empty() -> None:
    course, asked = Course([fact(1, 1)]), fact(2, 2)
    other = lab_thread("creatinine", "before_treatment")
    assert course.thread(other) == course.all_before(asked, other) == list(course.at_instant(asked, other)) == []
    assert course.before(asked, other) is None
    assert not course.follows(asked, other)
