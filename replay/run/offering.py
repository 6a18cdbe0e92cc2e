"""A graft offered now: the offer and its run are recorded once, however often the offer is sent."""

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.errors import NoRulesError, RequestError, SnagcError
from engine.events.vocabulary import GRAFT_OFFERED
from engine.intake.acts.codes import RECORDED
from engine.intake.intake import Intake, Submission
from engine.intake.sender import Gate
from engine.intake.verdicts import Notice, Verdict
from engine.log.eventlog import EventLog
from engine.quantities import paris_text, parse_instant
from engine.rules.readings import choose_readings
from engine.rules.ruleset import rules_at
from replay.run.live import SOURCE as RUNS_SOURCE
from replay.run.live import LiveRuns
from replay.run.matchrun import MatchRun, match_run
from replay.run.moments import offer_fact, recalled_moment

SOURCE = "snagc offer"


class OfferRefusedError(RequestError):
    """The offer cannot be taken in; it is kept in quarantine, with the same reasons."""

    exit_code = 3


class OtherDonorError(OfferRefusedError):
    """The offer's id is that of an offer of another donor."""


class TwoRunsError(SnagcError):
    """The run recorded with an offer is not what its replay says: a fault of ours, said before anybody goes by one."""

    exit_code = 3


class Taken(NamedTuple):
    """An offer that stands in the log; the verdict on it, and its run's digest, where it was taken in just now."""

    offer: str
    verdict: Verdict | None
    digest: str | None = None


def offer_once(
    log: EventLog, donor: str, name: str | None, *, now: Callable[[], int], actor: str | None = None
) -> tuple[MatchRun, Sequence[Notice]]:
    """The run of an offer, and what looks wrong about it. Without ``name`` the offer's id is made from the instant.

    An offer of this id and donor that stands in the log already answers with its first run and takes no counter
    number; OtherDonorError where it is another donor's.
    """
    instant = now()
    offer = f"O{instant}" if name is None else name
    intake = Intake(log, now=now, runs=LiveRuns(log))
    taken = take_offer(log, intake, donor, offer, paris_text(instant), actor)
    run = match_run(recalled_moment(log, offer, choose_readings()))
    hold_against_record(taken, run.digest())
    return run, taken.verdict.warnings if taken.verdict else ()


def hold_against_record(taken: Taken, replayed: str) -> None:
    """TwoRunsError where the run recorded with an offer just now has another digest than its replay.

    They come by different ways: the columns of a list that is kept between offers, and the facts read again.
    """
    if taken.digest is not None and taken.digest != replayed:
        raise TwoRunsError(
            f"offer {taken.offer}: its run was recorded with digest {taken.digest}, its replay has {replayed}: "
            "go by neither, run snagc audit, and report what it says to those who keep snagc"
        )


def take_offer(
    log: EventLog, intake: Intake, donor: str, offer: str, time: str, actor: str | None = None, gate: Gate | None = None
) -> Taken:
    """Have an offer and its run in the log, whether or not they stand there already; ``gate``: as whom it is sent.

    NoRulesError, and nothing taken in, where no rules were in force then: it could never be answered with a run.
    """
    if (stands := _donor_of(log, offer)) == donor:
        return Taken(offer, None)
    if stands is None:
        _hold_against_rules(log, donor, time)
    verdict = intake.take([_submission(donor, offer, time, actor)._replace(gate=gate)])[0]
    if verdict.position is None and (stands := _donor_of(log, offer)) != donor:  # unless another process was faster
        raise _refused(verdict, offer, stands)
    if verdict.position is None:
        return Taken(offer, None)
    return Taken(offer, verdict, _recorded_behind(log, verdict.position))


def _hold_against_rules(log: EventLog, donor: str, time: str) -> None:
    """NoRulesError where rules alone are missing: what else is wrong, intake says, and keeps what it refuses."""
    try:
        instant = parse_instant(time)
    except ValueError:
        return
    try:
        rules_at(instant)
    except NoRulesError:
        registered = log.subject_at(f"donor/{donor}", log.head()).of_kind("donor.registered")
        if registered and registered[0].instant <= instant:
            raise


def _recorded_behind(log: EventLog, position: int) -> str | None:
    """The digest of the run that was recorded with the offer at a position; None where none was."""
    if position == log.head():
        return None
    offer, behind = log.fact(position), log.fact(position + 1)
    is_its_run = behind.source == RUNS_SOURCE and behind.kind == RECORDED and behind.subject == offer.subject
    return str(behind.data["digest"]) if is_its_run else None


def _donor_of(log: EventLog, offer: str) -> str | None:
    """The donor of an offer in the log; None where it has no such offer."""
    try:
        return str(offer_fact(log, offer).data["donor"])
    except RequestError:
        return None


def _refused(verdict: Verdict, offer: str, donor: str | None) -> OfferRefusedError:
    if donor is not None:
        return OtherDonorError(f"offer {offer} is one of donor {donor}: take another --id")
    return OfferRefusedError("; ".join(f"{fault.path}: {fault.message}" for fault in verdict.errors))


def _submission(donor: str, offer: str, time: str, actor: str | None) -> Submission:
    event = {
        "specversion": "1.0", "source": SOURCE, "id": offer, "type": GRAFT_OFFERED,
        "subject": f"offer/{offer}", "time": time, "data": {"donor": donor},
    }  # fmt: skip
    if actor is not None:
        event["actor"] = actor
    return Submission(1, json.dumps(event).encode())
