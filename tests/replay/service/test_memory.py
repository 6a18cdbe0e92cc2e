"""What the service remembers of a log is what the log says, at its end and at the earlier moment asked for last."""

from pathlib import Path

from replay.service.memory import Held, RememberedLog
from tests.log.test_saved_states import tampered
from tests.replay.support import adult, offered, one_town


def test_an_earlier_moment_asked_for_again_is_remembered_and_tells_no_more_than_was_known(tmp_path: Path) -> None:
    told = one_town()
    for candidate in ("C1", "C2"):
        adult(told, candidate)
    offered(told)
    log = RememberedLog.open(told.kept_at(tmp_path / "log.db"))
    size = len(told.events)
    for last in (size, 4, 4, size, 4, 3):
        history, root = log.recalled(last, lambda _: ["candidate/C1"])
        expected = told.history(last)
        assert history.size == last
        assert sorted(history.of("candidate/C1").facts) == sorted(expected.of("candidate/C1").facts)
        assert sorted(history.of("donor/D1").facts) == sorted(expected.of("donor/D1").facts)
        assert root == log.history_and_tree(last)[1].root()
    first, _ = log.recalled(3, lambda _: [])
    assert log.recalled(3, lambda _: ["candidate/C1"])[0] is first
    log.forget()
    assert log.recalled(3, lambda _: [])[0] is not first


def test_a_log_that_has_become_shorter_is_read_anew_and_one_that_grew_is_not(tmp_path: Path) -> None:
    told = one_town()
    adult(told, "C1")
    path = Path(told.kept_at(tmp_path / "log.db"))
    held = Held(str(path), ())
    size = held.log().head()
    kept, openings = held.log().recalled(size, lambda _: [])[0], held.openings
    assert held.log().recalled(size, lambda _: [])[0] is kept
    tampered(path, f"DELETE FROM stored_events WHERE rowid > {size - 1}")
    shorter = held.log()
    assert (held.openings, shorter.head()) == (openings + 1, size - 1)
    history, root = shorter.recalled(size - 1, lambda _: ["candidate/C1"])
    assert history is not kept
    assert len(history.of("candidate/C1").facts) == len(told.history(size - 1).of("candidate/C1").facts)
    assert root == shorter.history_and_tree(size - 1)[1].root()
    held.close()
