"""The audit: every offer replayed and held against its recorded run, ours or an imported official one.

Where they differ, the causes are looked for by replaying: with the rule set, the readings and the log size that
the record states; with each other reading or rule set alone; with each fact that came late or was corrected. A
cause is named if the replay with it gives the recorded ranking. Where none does, a late fact is named that gives one
candidate's recorded score; figures that then still differ, with the same candidates ranked, are a difference of
arithmetic; what nothing explains is called unexplained.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.errors import NoRulesError
from engine.events.canonical import canonical_json
from engine.events.subjects import bare_id
from engine.log.eventlog import EventLog
from engine.log.history import Fact, History
from engine.log.tree import TreeBuilder
from engine.quantities import paris_text
from engine.rules.readings import choose_readings
from engine.rules.ruleset import RuleSet, rules_at
from projections.folds import Folds
from replay.audit.causes import Cause, Replayer, find_causes
from replay.audit.compare import Change, changes_between
from replay.audit.passing import Replayed, compared
from replay.run.asked import ALWAYS, Span
from replay.run.matchrun import MatchRun, Moment, match_run


@dataclass(frozen=True, slots=True)
class Finding:
    """One recorded run held against its replay."""

    offer: str
    position: int
    at: str
    recorded_at: int | None
    """Position of the recorded run; None where the offer has none."""
    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]

    @property
    def verdict(self) -> str:
        """identical, differs, or not recorded."""
        if self.recorded_at is None:
            return "not recorded"
        return "differs" if self.changes or self.causes else "identical"

    def as_json(self) -> dict[str, Any]:
        """The finding's JSON document."""
        return {
            "offer": self.offer,
            "position": self.position,
            "at": self.at,
            "recorded_at": self.recorded_at,
            "verdict": self.verdict,
            "changes": [change.as_json() for change in self.changes],
            "causes": [cause.as_json() for cause in self.causes],
        }


def replay_offers(
    log: EventLog,
    span: Span = ALWAYS,
    unruled: list[Fact] | None = None,
    tick: Callable[[], None] = lambda: None,
    only: Collection[int] | None = None,
) -> Iterator[tuple[Moment, History, Folds]]:
    """Each offer of a span at its own moment, in one pass, with what the whole log knows and kept folds.

    Offers of before the score are left out, and put in ``unruled``; each offer is a ``tick``. ``only`` are the
    positions of the offers wanted. The history of a moment moves on with the next one: use it before asking for that.
    """
    everything = log.history(log.head())
    history, tree, folds = History(), TreeBuilder(), Folds()
    offers = {fact.position: fact for fact in everything.offers if only is None or fact.position in only}
    for position, _, state in log.recorder.rows(1, everything.size):
        offer = offers.get(position)
        if offer is not None and span.holds(offer.instant):
            tick()
            rules = _rules_of(offer, unruled)
            if rules is not None:
                counter = everything.counter_start + len(history.offers) + 1
                root = tree.root().hex()
                yield Moment(history, history.size, root, offer, counter, rules, choose_readings()), everything, folds
        history.learn(position, state)
        tree.add(state)


def _rules_of(offer: Fact, unruled: list[Fact] | None) -> RuleSet | None:
    try:
        return rules_at(offer.instant)
    except NoRulesError:
        if unruled is not None:
            unruled.append(offer)
        return None


def audit(
    log: EventLog, span: Span = ALWAYS, unruled: list[Fact] | None = None, tick: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """Every offer of a span against each of its recorded runs; those of before the score go to ``unruled``."""
    found = compared(log, span, unruled, tick)
    doubtful = {offer.position for offer in found if offer.doubtful}
    exactly = dict(_held_exactly(log, doubtful)) if doubtful else {}
    for offer in found:
        if offer.doubtful:
            yield from exactly[offer.position]
            continue
        records: list[int | None] = [position for _, position in sorted(offer.identical)]
        for record in records or [None]:
            yield Finding(offer.offer, offer.position, offer.at, record, (), ())


def audited(log: EventLog, span: Span) -> tuple[list[Finding], list[Fact]]:
    """The same at once: findings, and the offers of before the score."""
    unruled: list[Fact] = []
    return list(audit(log, span, unruled)), unruled


def _held_exactly(log: EventLog, offers: Collection[int]) -> Iterator[tuple[int, list[Finding]]]:
    """Some offers against each of their recorded runs, each replayed by itself, with the causes of differences."""
    for moment, everything, folds in replay_offers(log, only=offers):
        run = match_run(moment, folds=folds)
        recorded = everything.of(moment.offer.subject).of_kind("match-run.recorded")
        held = [_held_against(run, record, log, everything) for record in recorded]
        yield moment.offer.position, held or [_finding(run.moment, None, (), ())]


def _finding(moment: Moment, record: Fact | None, changes: tuple[Change, ...], causes: tuple[Cause, ...]) -> Finding:
    return Finding(
        bare_id(moment.offer.subject),
        moment.offer.position,
        paris_text(moment.offer.instant),
        record.position if record else None,
        changes,
        causes,
    )


def _held_against(run: MatchRun, record: Fact, log: EventLog, everything: History) -> Finding:
    """A run against one record of it, with the causes where they differ."""
    decision = run.decision()
    if Replayed.of(run.header(), canonical_json(decision["ranking"]), decision["excluded"]).recorded_as(record):
        return _finding(run.moment, record, (), ())
    ranking = recorded_ranking(record)
    found = changes_between(ranking, run)
    causes = stated_differences(run, record, same_ranking=not found)
    if found:
        causes = [*find_causes(Replayer(log, run, everything), record, ranking, found), *causes]
    return _finding(run.moment, record, tuple(found), tuple(causes))


def recorded_ranking(record: Fact) -> dict[str, tuple[int, str]]:
    """Candidate to rank and score of a recorded run."""
    return {each["candidate"]: (each["rank"], each["snagc"]) for each in record.data["ranking"]}


def stated_differences(run: MatchRun, record: Fact, *, same_ranking: bool) -> list[Cause]:
    """What a record says otherwise than the replay about itself: its place, order, counter, rules, readings, digest."""
    header, data, at = run.header(), record.data, (record.position,)
    found = [Cause("record", words, at) for words in _flaws(run, record)]
    pairs = [("counter", header["counter"]), ("log_size", header["known_at"]), ("ruleset", header["ruleset"])]
    stated = [(name, data[name], ours) for name, ours in pairs]
    stated += [(name, value, header["readings"].get(name, "nothing")) for name, value in data["readings"].items()]
    if same_ranking or data["counter"] != header["counter"]:
        found += [
            Cause("header", f"{name}: {theirs} recorded, {ours} replayed", at)
            for name, theirs, ours in stated
            if theirs != ours and (same_ranking or name == "counter")
        ]
    if same_ranking and not found and "digest" in data and data["digest"] != run.digest():
        words = "the recorded digest is not that of this decision: made from other log bytes, or altered"
        found.append(Cause("digest", words, at))
    return found


def _flaws(run: MatchRun, record: Fact) -> Iterator[str]:
    """What makes a record doubtful by itself."""
    lines = record.data["ranking"]
    candidates = [line["candidate"] for line in lines]
    twice = sorted({name for name in candidates if candidates.count(name) > 1})
    if twice:
        yield f"candidates stand in it twice: {', '.join(twice)}"
    if [line["rank"] for line in lines] != list(range(1, len(lines) + 1)):
        yield "its ranks do not run 1, 2, 3 …"
    scores = [Decimal(line["snagc"]) for line in lines]
    if scores != sorted(scores, reverse=True):
        yield "its order contradicts its own scores"
    if record.position < run.moment.offer.position:
        yield f"it stands at position {record.position}, before its offer at {run.moment.offer.position}"
