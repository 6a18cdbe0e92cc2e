"""Stories of human acts about one offer, right and wrong, with what is found about each."""

from collections.abc import Callable

from tests.replay.support import adult, expert, offered, one_town

MADE, ACCEPTED, DECLINED = "made", "accepted", "declined"
Found = tuple[str, str | None, int]


class Acts:
    """An offer to C1, C2, C3 in this order; C4 is excluded by blood group, C5 suspended; then acts, by the minute."""

    def __init__(self) -> None:
        log = self.log = one_town()
        expert(log, "C1")
        expert(log, "C2", points="850")
        adult(log, "C3")
        adult(log, "C4", blood_group="O")
        adult(log, "C5")
        log.happened("suspended", "C5", "2024-05-01")
        offered(log)
        assert [entry["candidate"] for entry in log.run("O1")["ranking"]] == ["C1", "C2", "C3"]
        self.offer_at = len(log.events)
        self.minute = 0

    def act(self, what: str, candidate: str | None = None, minute: int | None = None, offer: str = "O1") -> int:
        """An act about a candidate a minute after the one before, or at a minute of the offer's day; its position."""
        self.minute = self.minute + 1 if minute is None else minute
        return self.log.add(f"proposal.{what}", f"offer/{offer}", self.clock, {"candidate": candidate})

    def closed(self, outcome: str, candidate: str | None = None) -> int:
        """The offer is closed."""
        self.minute += 1
        return self.log.add("offer.closed", "offer/O1", self.clock, {"outcome": outcome, "candidate": candidate})

    def grafted(self, candidate: str, offer: str = "O1", time: str | None = None) -> int:
        """A transplantation that names the offer."""
        self.minute += 1
        return self.log.happened("transplanted", candidate, time or self.clock, offer=offer)

    @property
    def clock(self) -> str:
        """The minute on a wall in Paris."""
        return f"2024-05-17 {self.minute // 60:02}:{self.minute % 60:02}"


Story = Callable[[Acts], list[Found]]


def in_order(acts: Acts) -> list[Found]:
    """Asked by rank; the second accepts and is transplanted."""
    acts.act(MADE, "C1")
    acts.act(DECLINED, "C1")
    acts.act(MADE, "C2")
    acts.act(ACCEPTED, "C2")
    acts.closed("transplanted", "C2")
    acts.grafted("C2")
    return []


def side_by_side(acts: Acts) -> list[Found]:
    """Two are asked at once, and the first declines before the second accepts: nobody is passed over."""
    acts.act(MADE, "C1")
    acts.act(MADE, "C2")
    acts.act(DECLINED, "C1")
    acts.act(ACCEPTED, "C2")
    return []


def left_meanwhile(acts: Acts) -> list[Found]:
    """Who was delisted or suspended since the run is not passed over."""
    acts.log.delisted("C1", "2024-05-17 00:01", "died")
    acts.log.happened("suspended", "C2", "2024-05-17 00:02")
    acts.act(MADE, "C3", 5)
    acts.act(ACCEPTED, "C3")
    return []


def stored_late(acts: Acts) -> list[Found]:
    """The refusal of the first reaches the log after the acceptance of the second, with its own earlier time."""
    acts.act(MADE, "C1", 1)
    acts.act(MADE, "C2", 3)
    acts.act(ACCEPTED, "C2", 4)
    acts.act(DECLINED, "C1", 2)
    return []


def known_by_the_day(acts: Acts) -> list[Found]:
    """A transplantation dated by its day alone is not before an offer of that day."""
    acts.act(MADE, "C1")
    acts.act(ACCEPTED, "C1")
    acts.grafted("C1", time="2024-05-17")
    return []


def withdrawn_answer(acts: Acts) -> list[Found]:
    """An acceptance taken back contradicts itself, but the next acceptance is no second one."""
    acts.act(MADE, "C1")
    acts.act(ACCEPTED, "C1")
    back = acts.act(DECLINED, "C1")
    acts.act(MADE, "C2")
    acts.act(ACCEPTED, "C2")
    return [("answer_contradictory", "C1", back)]


def asked_again(acts: Acts) -> list[Found]:
    """A new proposal may have a new answer."""
    for answer in (DECLINED, ACCEPTED):
        acts.act(MADE, "C1")
        acts.act(answer, "C1")
    return []


def jumped(acts: Acts) -> list[Found]:
    """The third is asked first and accepts: two are skipped."""
    made, accepted = acts.act(MADE, "C3"), acts.act(ACCEPTED, "C3")
    return [("proposed_out_of_order", "C3", made), ("skipped", "C1", accepted), ("skipped", "C2", accepted)]


def jumped_then_asked(acts: Acts) -> list[Found]:
    """Asked out of order, but the better one declined in the end: only the order is told."""
    made = acts.act(MADE, "C2")
    acts.act(MADE, "C1")
    acts.act(DECLINED, "C1")
    acts.act(ACCEPTED, "C2")
    return [("proposed_out_of_order", "C2", made)]


def never_asked(acts: Acts) -> list[Found]:
    """Nobody accepts, and the first was never asked."""
    made = acts.act(MADE, "C2")
    acts.act(DECLINED, "C2")
    acts.closed("discarded")
    return [("proposed_out_of_order", "C2", made), ("skipped", "C1", made)]


def passed_over_later(acts: Acts) -> list[Found]:
    """The first is asked in order, then the third before the second, whom nobody asks."""
    acts.act(MADE, "C1")
    made = acts.act(MADE, "C3")
    return [("proposed_out_of_order", "C3", made), ("skipped", "C2", made)]


def unanswered(acts: Acts) -> list[Found]:
    """The first had not answered when the second accepted."""
    acts.act(MADE, "C1")
    acts.act(MADE, "C2")
    return [("skipped", "C1", acts.act(ACCEPTED, "C2"))]


def closed_without_acceptance(acts: Acts) -> list[Found]:
    """A closing alone passes over those ranked better."""
    return [("skipped", "C1", acts.closed("transplanted", "C2"))]


def accepted_twice(acts: Acts) -> list[Found]:
    """Two acceptances stand."""
    acts.act(MADE, "C1")
    acts.act(MADE, "C2")
    acts.act(ACCEPTED, "C1")
    second = acts.act(ACCEPTED, "C2")
    return [("accepted_twice", "C2", second)]


def transplanted_twice(acts: Acts) -> list[Found]:
    """Two were transplanted from one heart."""
    acts.act(MADE, "C1")
    acts.act(ACCEPTED, "C1")
    acts.grafted("C1")
    second = acts.grafted("C2")
    return [("transplanted_twice", "C2", second), ("transplanted_another", "C2", second)]


def excluded(acts: Acts) -> list[Found]:
    """One excluded by blood group, and one suspended at the offer."""
    first, second = acts.act(MADE, "C4"), acts.act(MADE, "C5")
    acts.log.happened("reinstated", "C5", "2024-05-17 00:30")
    return [("not_on_run", "C4", first), ("not_on_run", "C5", second)]


def never_registered(acts: Acts) -> list[Found]:
    """Nobody knows C99."""
    made = acts.act(MADE, "C99")
    return [("candidate_unknown", "C99", made), ("candidate_unknown", "C99", acts.act(ACCEPTED, "C99"))]


def delisted(acts: Acts) -> list[Found]:
    """The first was taken off the list before he was asked."""
    acts.log.delisted("C1", "2024-05-17 00:01")
    return [("candidate_delisted", "C1", acts.act(MADE, "C1", 5))]


def transplanted_elsewhere(acts: Acts) -> list[Found]:
    """The first got another heart before he was asked."""
    acts.log.happened("transplanted", "C1", "2024-05-17 00:01")
    return [("candidate_delisted", "C1", acts.act(MADE, "C1", 5))]


def unasked(acts: Acts) -> list[Found]:
    """An acceptance and a refusal that answer nothing."""
    first = acts.act(ACCEPTED, "C1")
    return [("answer_without_proposal", "C1", first), ("answer_without_proposal", "C2", acts.act(DECLINED, "C2"))]


def too_early(acts: Acts) -> list[Found]:
    """Answered five minutes before being asked, whichever is stored first."""
    acts.act(MADE, "C1", 10)
    answer = acts.act(ACCEPTED, "C1", 5)
    return [("answer_before_proposal", "C1", answer)]


def no_and_yes(acts: Acts) -> list[Found]:
    """Declined, then accepted without having been asked again."""
    acts.act(MADE, "C1")
    acts.act(DECLINED, "C1")
    return [("answer_contradictory", "C1", acts.act(ACCEPTED, "C1"))]


def closed_for_another(acts: Acts) -> list[Found]:
    """The first accepted, and the closing names the second."""
    acts.act(MADE, "C1")
    acts.act(ACCEPTED, "C1")
    return [("closed_for_another", "C2", acts.closed("transplanted", "C2"))]


def grafted_another(acts: Acts) -> list[Found]:
    """No acceptance on record: the closing names the first, and the second was transplanted."""
    closed = acts.closed("transplanted", "C1")
    grafted = acts.grafted("C2")
    return [("closed_for_another", "C1", closed), ("skipped", "C1", grafted)]


def discarded_and_grafted(acts: Acts) -> list[Found]:
    """Closed as discarded, and yet transplanted."""
    acts.act(MADE, "C1")
    acts.act(ACCEPTED, "C1")
    acts.closed("discarded")
    return [("outcome_contradicted", "C1", acts.grafted("C1"))]


def after_the_end(acts: Acts) -> list[Found]:
    """A proposal, and a second closing, after the closing."""
    acts.closed("withdrawn")
    made = acts.act(MADE, "C1")
    return [("act_after_closing", "C1", made), ("act_after_closing", None, acts.closed("discarded"))]


def before_the_offer(acts: Acts) -> list[Found]:
    """Asked the day before the graft was offered."""
    made = acts.log.add("proposal.made", "offer/O1", "2024-05-16 23:00", {"candidate": "C1"})
    return [("act_before_offer", "C1", made)]


def unknown_offer(acts: Acts) -> list[Found]:
    """Acts and a transplantation about an offer that nobody made."""
    first, grafted = acts.act(MADE, "C1", offer="O9"), acts.grafted("C1", offer="O9")
    return [("offer_unknown", "C1", first), ("offer_unknown", "C1", grafted)]


def donor_again(acts: Acts) -> list[Found]:
    """The same donor's heart is offered a second time."""
    acts.log.offered("O2", "2024-05-17 10:00")
    return [("donor_offered_twice", None, len(acts.log.events))]


RIGHT = (in_order, side_by_side, left_meanwhile, stored_late, known_by_the_day, asked_again)
WRONG = (
    withdrawn_answer, jumped, jumped_then_asked, never_asked, passed_over_later, unanswered,
    closed_without_acceptance, accepted_twice, transplanted_twice, excluded, never_registered, delisted,
    transplanted_elsewhere, unasked, too_early, no_and_yes, closed_for_another, grafted_another,
    discarded_and_grafted, after_the_end, before_the_offer, unknown_offer, donor_again,
)  # fmt: skip
