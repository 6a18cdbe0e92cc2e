"""What must hold of histories and of the log as it stands in the end; each rule returns what it found wrong.

Pure functions: nothing here reads a store, a clock or a service.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise

from tests.faults.histories.history import Document, History, Identity, Row, Span, content, identity

OFFERED, RUN = "snagc.graft.offered.v1", "snagc.match-run.recorded.v1"
Findings = Iterator[str]
Histories = Sequence[History]
Log = Sequence[Row]


def judge(histories: Histories, log: Log) -> dict[str, list[str]]:
    """All that is wrong, by the rule that found it."""
    found = {rule.__name__: list(rule(histories, log)) for rule in RULES}
    return {name: each for name, each in found.items() if each}


# ------------------------------------------------------------------------------------------------ the log


def gapped(histories: Histories, log: Log) -> Findings:
    """Positions are 1, 2, 3 … and recorded times never step back."""
    for number, row in enumerate(log, 1):
        if row.position != number:
            yield f"position {row.position} stands where {number} should"
    for before, after in pairwise(log):
        if after.event["recordedtime"] < before.event["recordedtime"]:
            yield f"recorded time steps back at {after.position}"


def doubled(histories: Histories, log: Log) -> Findings:
    """Each event and each offer is there once."""
    for each, times in Counter(identity(row.event) for row in log).items():
        if times > 1:
            yield f"{each} is there {times} times"
    for subject, times in Counter(row.event["subject"] for row in log if row.event["type"] == OFFERED).items():
        if times > 1:
            yield f"{subject} was offered {times} times"


def miscounted(histories: Histories, log: Log) -> Findings:
    """Counters are 1 to n, each offer's run right behind it."""
    count = 0
    for row, following in zip(log, [*log[1:], None], strict=True):
        if row.event["type"] != OFFERED:
            continue
        count += 1
        if following is None or (following.event["type"], following.event["subject"]) != (RUN, row.event["subject"]):
            yield f"no run behind {row.event['subject']} at {row.position}"
        elif following.event["data"]["counter"] != count:
            yield f"{row.event['subject']} has counter {following.event['data']['counter']}, it is the {count}."


def strange(histories: Histories, log: Log) -> Findings:
    """Nothing is there that nobody sent, nor anything of a body that was never sent whole."""
    sent: dict[Identity, list[Document]] = {}
    for event in chain.from_iterable(history.sent for history in histories):
        sent.setdefault(identity(event), []).append(content(event))
    offered = {f"offer/{name}" for history in histories for name in history.offered}
    for row in log:
        if row.event["type"] in (OFFERED, RUN):
            if row.event["subject"] not in offered:
                yield f"{row.event['subject']} at {row.position} was never asked for"
        elif content(row.event) not in sent.get(identity(row.event), []):
            yield f"{identity(row.event)} at {row.position} was never sent like this"


# ---------------------------------------------------------------------------------------------- the answers


def lost(histories: Histories, log: Log) -> Findings:
    """What was acknowledged is there, as it was sent, at the position that was told."""
    stored = {row.position: row.event for row in log}
    for history in histories:
        for verdict in history.verdicts:
            if verdict.status not in ("accepted", "duplicate"):
                continue
            there = stored.get(verdict.position or 0)
            if there is None or content(there) != content(verdict.event):
                told = f"{identity(verdict.event)}, {verdict.status} at {verdict.position}"
                yield f"{history.client}: {told}, is not there"
    runs = recorded_runs(log)
    for history in histories:
        for run in history.runs:
            if run.offer not in runs:
                yield f"{history.client}: the run of {run.offer} was answered and is not there"


def unfinished(histories: Histories, log: Log) -> Findings:
    """In the end all that was sent whole was answered: it is there, or another content under its identity is."""
    there = {identity(row.event) for row in log}
    offers = {row.event["subject"] for row in log if row.event["type"] == OFFERED}
    for history in histories:
        answered = {identity(verdict.event) for verdict in history.verdicts}
        for event in history.sent:
            if identity(event) not in there or identity(event) not in answered:
                yield f"{history.client}: {identity(event)} was sent again until answered, and is not there"
        for name in history.offered:
            if f"offer/{name}" not in offers:
                yield f"{history.client}: offer {name} was asked for until answered, and is not there"


def contradicted(histories: Histories, log: Log) -> Findings:
    """Accepted once at most; a conflict where another content stands; nothing sound refused."""
    stored = {identity(row.event): content(row.event) for row in log}
    accepted: Counter[Identity] = Counter()
    for history in histories:
        for verdict in history.verdicts:
            name = identity(verdict.event)
            accepted[name] += verdict.status == "accepted"
            is_other = stored.get(name) != content(verdict.event)
            if verdict.status == "refused" or (verdict.status == "conflict") != is_other:
                yield f"{history.client}: {name} was answered {verdict.status}"
    yield from (f"{name} was accepted {times} times" for name, times in accepted.items() if times > 1)


def other_runs(histories: Histories, log: Log) -> Findings:
    """Every run that was told of an offer is the one recorded with it."""
    recorded = recorded_runs(log)
    for history in histories:
        for run in history.runs:
            there = recorded.get(run.offer)
            if there is None:
                continue
            if (run.digest, run.counter, run.known_at) != (there["digest"], there["counter"], there["log_size"]):
                yield f"{history.client}: offer {run.offer} was answered with another run than the recorded one"


def out_of_step(histories: Histories, log: Log) -> Findings:
    """Every follower saw the log: from its beginning, in order, none twice, none skipped, to its end."""
    for history in histories:
        if not history.pages:
            continue
        followed = [row for page in history.pages for row in page.rows]
        for place, (found, there) in enumerate(zip(followed, log, strict=False), 1):
            if found != there:
                yield f"{history.client}: was told as the {place}. another event, of position {found.position}"
                break
        if len(followed) != len(log):
            yield f"{history.client}: was told {len(followed)} events of {len(log)}"


def backward(histories: Histories, log: Log) -> Findings:
    """Whoever asks sees all that anybody had been told of before it asked."""
    known = sorted((span.ended, position, client) for client, span, position in _witnessed(histories))
    asked = sorted((span.began, position, client) for client, span, position in _read(histories))
    highest, who, place = 0, "", 0
    for began, position, client in asked:
        while place < len(known) and known[place][0] < began:
            if known[place][1] > highest:
                highest, who = known[place][1:]
            place += 1
        if position < highest:
            yield f"{client}: read at {position} after {who} had been told of {highest}"


def faulty(histories: Histories, log: Log) -> Findings:
    """No sound request is refused, no error is internal, and no log is called broken."""
    for history in histories:
        for trouble in history.troubles:
            is_ours = trouble.detail.startswith("internal error") or "run snagc verify" in trouble.detail
            if trouble.status < 500 or is_ours:
                yield f"{history.client}: {trouble.status} {trouble.detail}"


def recorded_runs(log: Log) -> dict[str, Document]:
    """What was recorded with each offer."""
    runs = (row.event for row in log if row.event["type"] == RUN)
    return {event["data"]["offer"]: event["data"] for event in runs}


RULES: tuple[Callable[[Histories, Log], Findings], ...] = (
    gapped, doubled, miscounted, strange, lost, unfinished, contradicted, other_runs, out_of_step, backward, faulty,
)  # fmt: skip


def _read(histories: Histories) -> Iterator[tuple[str, Span, int]]:
    """How far the log went for each read."""
    for history in histories:
        yield from ((history.client, page.span, page.head) for page in history.pages)
        yield from ((history.client, seen.span, seen.position) for seen in history.seen)


def _witnessed(histories: Histories) -> Iterator[tuple[str, Span, int]]:
    """How far the log went at least, by each answer."""
    yield from _read(histories)
    for history in histories:
        yield from ((history.client, verdict.span, verdict.position or 0) for verdict in history.verdicts)
        yield from ((history.client, run.span, run.known_at + 2) for run in history.runs)
