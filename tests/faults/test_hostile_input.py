"""The hostile corpus against the real intake on a real file: the verdict each line gets, and nothing lost."""

import io
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from engine.intake import quarantine
from engine.intake.reading import read_submissions
from engine.intake.verdicts import Verdict
from engine.log.eventlog import EventLog
from tests.faults.hostile_cases import CASES, FAMILIES, Case
from tests.faults.hostile_streams import STREAMS, Stream
from tests.intake.support import identities, is_dense, opened, paths_of, positions, take


def check_nothing_lost(log: EventLog, lines: Sequence[bytes], verdicts: Sequence[Verdict]) -> None:
    """One verdict a line; the accepted in the log, in order; the refused in quarantine, to the byte."""
    accepted = [verdict for verdict in verdicts if verdict.status == "accepted"]
    assert [verdict.position for verdict in accepted] == list(range(1, len(accepted) + 1))
    assert identities(log) == [(verdict.source, verdict.id) for verdict in accepted]
    kept = Counter({entry.raw: entry.times for entry in quarantine.entries(log)})
    turned_away = ("refused", "conflict")
    assert kept == Counter(line for line, v in zip(lines, verdicts, strict=True) if v.status in turned_away)


def check_well_formed(verdict: Verdict) -> None:
    """Errors with a message where something is wrong, none elsewhere; a position where it stands in the log."""
    turned_away = verdict.status in ("refused", "conflict")
    assert bool(verdict.errors) == turned_away
    assert (verdict.position is None) == turned_away
    assert all(fault.message.strip() for fault in verdict.errors)
    assert len(set(verdict.errors)) == len(verdict.errors)
    if turned_away or verdict.status == "duplicate":
        assert verdict.warnings == ()


def verdicts_on(case: Case, log: EventLog) -> list[Verdict]:
    """The verdicts on a case's lines, which are those it must get."""
    verdicts = take(log, *case.lines, imported=case.mode == "import")
    assert tuple(verdict.status for verdict in verdicts) == case.statuses, case.name
    assert [verdict.line for verdict in verdicts] == list(range(1, len(case.lines) + 1)), case.name
    for verdict in verdicts:
        check_well_formed(verdict)
    last = verdicts[-1]
    if case.path is not None and last.status in ("refused", "conflict"):
        assert case.path in paths_of(last), case.name
    if case.warns is not None:
        assert any(case.warns in warning.message.lower() for warning in last.warnings), (case.name, last.warnings)
    return verdicts


def is_refused_whole(case: Case) -> bool:
    """Whether a case leaves the log as empty as it was: such cases share one."""
    return set(case.statuses) == {"refused"}


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_line_gets_its_verdict_and_nothing_is_lost(family: str, new_place: Callable[[], str]) -> None:
    for case in FAMILIES[family]:
        if not is_refused_whole(case):
            path = new_place()
            with opened(path) as log:
                check_nothing_lost(log, case.lines, verdicts_on(case, log))
            assert is_dense(positions(path)), case.name


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_refused_whole_is_kept_in_quarantine_and_leaves_the_log_empty(
    family: str, new_place: Callable[[], str]
) -> None:
    cases = [case for case in FAMILIES[family] if is_refused_whole(case)]
    with opened(new_place()) as log:
        verdicts = [verdict for case in cases for verdict in verdicts_on(case, log)]
        check_nothing_lost(log, [line for case in cases for line in case.lines], verdicts)
        assert log.head() == 0


@pytest.mark.on_files_unless_long
@pytest.mark.parametrize("stream", STREAMS, ids=[stream.name for stream in STREAMS])
def test_a_whole_file_gets_one_verdict_an_event(stream: Stream, new_place: Callable[[], str]) -> None:
    read = list(read_submissions(io.BytesIO(stream.build())))
    path = new_place()
    with opened(path) as log:
        verdicts = take(log, *(submission.raw for submission in read))
        assert [verdict.line for verdict in verdicts] == list(range(1, len(read) + 1))
        assert Counter(verdict.status for verdict in verdicts) == Counter(stream.counts)
        check_nothing_lost(log, [submission.raw for submission in read], verdicts)
    for verdict in verdicts:
        check_well_formed(verdict)
    assert is_dense(positions(path))


def test_every_status_and_both_modes_occur_in_the_corpus() -> None:
    assert {status for case in CASES for status in case.statuses} == {"accepted", "duplicate", "conflict", "refused"}
    assert {case.mode for case in CASES} == {"live", "import"}
    assert len(CASES) > 1900
