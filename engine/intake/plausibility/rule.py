"""What a rule is: a code, the kinds of events it looks at, a sentence, and a function that looks at one fact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.log.course import Course
from engine.log.history import Fact, SubjectHistory

Found = tuple[str, str]
"""Where (a dotted path in the event, as for a fault) and what, in words that say the remedy."""

Person = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The other subjects, as known where a fact is looked at."""

    subject: Callable[[str], SubjectHistory]
    """What is known of a subject; empty where nothing is."""
    persons: Mapping[Person, list[Fact]] = field(default_factory=dict)
    """Registrations by what tells persons apart; empty where that would need the whole log (at intake)."""
    offers_of: Callable[[str], list[Fact]] = lambda donor: []
    """The offers of a donor, by position."""
    ranking: Callable[[Fact], Sequence[str] | None] = lambda offer: None
    """The candidates by rank of an offer that has no recorded run; None where there is nothing to know it by."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What rules keep for the next fact: for as long as what is known only grows."""


Find = Callable[[Fact, Course, Known], Found | None]
Where = Callable[[Fact, Course, Known], bool]
Ever = Callable[[Course], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """``find`` looks at a fact of one of the kinds in its subject's course; it may stand anywhere in it.

    Where ``where`` says no, nothing can be found: rules that follow each other with the same one ask it once. Where
    ``ever`` says no, nothing can be found about any fact of the course: it is asked once for all of them.
    """

    code: str
    kinds: tuple[str, ...]
    find: Find
    where: Where | None = None
    ever: Ever | None = None

    @property
    def sentence(self) -> str:
        """What the rule finds and where its figures come from, for the reference."""
        return " ".join((self.find.__doc__ or "").split())


def rule(
    rules: list[Rule], *kinds: str, where: Where | None = None, ever: Ever | None = None
) -> Callable[[Find], Find]:
    """Put a function among the rules of its module; its name is the code, its docstring the sentence."""

    def put(find: Find) -> Find:
        rules.append(Rule(find.__name__, kinds, find, where, ever))
        return find

    return put
