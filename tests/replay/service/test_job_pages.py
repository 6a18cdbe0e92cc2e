"""Pages made of long work: started by a form, followed, stopped; what they show is what the API answers."""

import asyncio
import html
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from replay.pages.figures import exact, places
from replay.service.answers import Answer, Problem
from replay.service.crew import Member
from replay.service.desk import Desk
from replay.service.jobs import AT_ONCE, MOST_BYTES, MOST_KEPT, Job, Jobs, State, _key
from replay.service.page_handlers import PAGES
from replay.service.page_handlers.visit import Known, Visit
from replay.service.page_jobs import VERIFY
from replay.service.page_works import verify
from replay.service.questions import Question
from replay.service.viewer import OPEN
from tests.faults.tampering import KEY, rewritten, sound_lines, write_log
from tests.replay.command import snagc
from tests.replay.service.guarded import ADDED
from tests.replay.service.served import WORKED, Served, lines, serving
from tests.replay.service.test_following_the_log import children

FIGURE = re.compile(r'data-document="([^"]*)"|data-figure="([^"]*)" data-exact="([^"]*)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open service over two offers, a refused input and a checkpoint."""
    folder = tmp_path_factory.mktemp("site")
    log = folder / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    assert snagc("ingest", "--import", "-", "--log", log, given=lines(ADDED)).exit_code == 0
    assert snagc("ingest", "-", "--log", log, given=b'{"specversion":"1.0","id":"<script>"}\n').exit_code == 3
    assert snagc("keys", "--out", folder / "keys", "--name", "example.org/heart").exit_code == 0
    key = folder / "keys" / "example.org_heart.key"
    assert snagc("checkpoint", "--log", log, "--key", key).exit_code == 0
    with serving(log) as running:
        yield running


def page(site: Served, address: str) -> str:
    """A page that is answered."""
    answer = site.client.get(f"{site.address}{address}")
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(site: Served, address: str, **fields: str) -> httpx.Response:
    """A form of a page, sent with its token unless another is given."""
    token = re.search(r'name="csrf" value="(\w+)"', page(site, address))
    assert token is not None
    return site.client.post(f"{site.address}{address}", data={"csrf": token[1], **fields})


def done(site: Served, address: str) -> str:
    """A page once its work is done, which is started where it was not before."""
    if 'data-work="done"' in (text := page(site, address)):
        return text
    answer = sent(site, address, do="start")
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    for _ in range(300):
        if 'data-work="running"' not in (text := page(site, address)):
            assert 'data-work="done"' in text
            return text
        time.sleep(0.1)
    raise AssertionError("not done within half a minute")


def figures(text: str) -> Iterator[tuple[str, str, str]]:
    """Each figure of a page: the request it is from, its place there, its value."""
    request = ""
    for found in FIGURE.finditer(text):
        if found[1] is not None:
            request = html.unescape(found[1])
        else:
            yield request, html.unescape(found[2]), html.unescape(found[3])


LONGER = "/audit?from=2024-07-02&lang=en", "/hindsight", "/quality?code=proposed_out_of_order", "/sensitivity?offer=O2"


@pytest.mark.parametrize(
    "address", ["/audit", "/acts?lang=en", *(pytest.param(each, marks=pytest.mark.long_only) for each in LONGER)]
)
def test_each_figure_of_a_page_is_the_apis(site: Served, address: str) -> None:
    before = page(site, address)
    assert 'data-work="none"' in before or 'data-work="done"' in before
    told: dict[str, dict[str, Any]] = {}
    found = list(figures(done(site, address)))
    for request, place, value in found:
        if request not in told:
            told[request] = dict(places(site.client.get(request).raise_for_status().json()))
        assert exact(told[request][place]) == value
    assert found or "/hindsight" in address


def test_a_span_shows_what_the_audit_of_the_whole_log_found(site: Served) -> None:
    done(site, "/audit")
    assert 'data-work="done"' in page(site, "/audit?from=2024-07-02&to=2024-07-03")
    assert "/offers/O2" in page(site, "/audit?from=2024-07-02&to=2024-07-03")


def test_acts_stand_beside_themselves_at_another_moment_with_what_differs_marked(
    site: Served,
) -> None:
    address = "/acts?at=2024-07-03&lang=en&beside_at=2024-07-01"
    assert page(site, address).count('data-work="none"') == 2
    for side in ("", "beside"):
        assert sent(site, address, do="start", side=side).headers["Location"] == address
        for _ in range(300):
            if 'data-work="running"' not in (text := page(site, address)):
                break
            time.sleep(0.1)
    assert text.count('data-work="done"') == 2
    assert "figure differs" in text
    assert "between the two moments" in text
    sides = [list(figures(part)) for part in text.split('class="beside"')[1].split('class="kicker"')[1:]]
    for found, until in zip(sides, ("2024-07-03", "2024-07-01"), strict=True):
        assert {request for request, _, _ in found} <= {
            f"/acts?known_at={until}&to={until}",
            f"/acts?to={until}&known_at={until}",
        }
    identifiers = re.findall(r' id="([^"]+)"', text)
    assert len(set(identifiers)) == len(identifiers)
    assert page(site, "/acts?at=2024-07-03&beside_at=2024-07-03&lang=en").count("Nothing differs") == 1


def test_verify_is_shown_step_by_step_and_names_no_file(site: Served) -> None:
    text = done(site, "/integrity")
    assert text.count('class="whole"') == 12
    assert "example.org/heart" in text
    assert site.log.name not in text
    assert str(site.log.parent) not in text
    assert "/api/v1/proofs/inclusion/7" in page(site, "/integrity?position=7")
    assert site.client.get("/proofs/inclusion/7").status_code == 200


def test_a_form_without_the_token_of_its_page_does_nothing(site: Served) -> None:
    for address in ("/audit", "/integrity", "/quarantine"):
        answer = sent(site, address, csrf="0" * 64, do="start", number="1")
        assert answer.status_code == 403
        assert "text/html" in answer.headers["Content-Type"]
        assert site.client.post(f"{site.address}{address}").status_code == 403
    assert sent(site, "/audit", do="else").status_code == 400
    for address in ("/audit?page=x", "/quarantine?page=0", "/integrity?position=x", "/acts?page=-1"):
        assert site.client.get(f"{site.address}{address}").status_code == 400
    assert sent(site, "/quality?from=2024-01-02&to=2024-01-01", do="start").status_code == 303


def test_an_input_that_waits_is_shown_as_text_and_sent_again(site: Served) -> None:
    text = page(site, "/quarantine")
    assert "&lt;script&gt;" in text
    assert "<script>" not in text.replace("<script src", "")
    answer = sent(site, "/quarantine", number="1")
    assert answer.status_code == 200
    assert "Renvoyé" in answer.text
    assert "source" in answer.text
    assert sent(site, "/quarantine", number="99").status_code == 404
    assert sent(site, "/quarantine", number="x").status_code == 404


def test_a_log_that_contradicts_its_checkpoint_is_still_shown_and_broken_at_its_step(tmp_path: Path) -> None:
    sound = write_log(tmp_path / "log.db", sound_lines())
    desk = Desk(str(rewritten(sound, tmp_path, 6, b'"value": 10', b'"value": 11')), [KEY.verifier], lambda: 0)
    found = verify(desk, Question(VERIFY, {}), OPEN).body
    header = {"state": "done", "done": 35, "step": 12, "head": 35, "persons": [[], []]}
    visit = Visit(
        desk, Question("page GET /integrity", {}, {"at": "2030-01-01", "lang": "en"}), OPEN, Known(header, found)
    )
    text = PAGES["page GET /integrity"](visit).body.decode()
    assert "The log contradicts a checkpoint" in text
    assert re.search(r'<li class="broken">.*?its root is that of the rows.*?/events/6', text, re.DOTALL)
    assert (text.count('class="broken"'), text.count('class="whole"')) == (1, 11)


# ---------------------------------------------------------------------------------------------------------- jobs


def test_a_job_that_is_stopped_ends_with_its_process_and_only_so_many_run_at_once(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0

    async def tried() -> None:
        jobs = Jobs(str(log), [], lambda what, where: None)
        asked = [Question("GET /audit", {}, {"from": f"2024-01-0{n}"}) for n in range(1, AT_ONCE + 2)]
        for each in asked[:AT_ONCE]:
            jobs.start(each, OPEN, 7)
            jobs.start(each, OPEN, 8)
        with pytest.raises(Problem, match="under way"):
            jobs.start(asked[-1], OPEN, 7)
        first = jobs.of(asked[0], OPEN)
        assert first is not None
        assert (first.state, first.head) == (State.RUNNING, 7)
        jobs.stop(asked[0], OPEN)
        jobs.start(asked[-1], OPEN, 7)
        for each, state in ((asked[0], State.STOPPED), (asked[-1], State.DONE)):
            job = jobs.of(each, OPEN)
            assert job is not None
            assert job.task is not None
            await asyncio.wait([job.task], timeout=20)
            assert job.state is state
        assert jobs.of(asked[0], replace(OPEN, centres=("990000020",))) is None
        await jobs.close()

    asyncio.run(tried())


def test_a_job_whose_process_cannot_be_started_or_ends_has_failed_and_leaves_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    question, told = Question("GET /audit", {}), list[str]()

    async def ended(jobs: Jobs) -> State:
        jobs.start(question, OPEN, 7)
        job = jobs.of(question, OPEN)
        assert job is not None
        assert job.task is not None
        await asyncio.wait([job.task], timeout=20)
        return job.state

    async def not_started(opening: bytes) -> Member:
        raise BlockingIOError(11, "no process is left")

    async def killed(opening: bytes) -> Member:
        member = await started(opening)
        member.end()
        return member

    async def tried() -> None:
        jobs = Jobs(str(log), [], lambda what, where: told.extend([what, where[0]]))
        for start in (*[not_started] * AT_ONCE, killed):
            monkeypatch.setattr(Member, "started", start)
            assert await ended(jobs) is State.FAILED
        assert told == ["internal error", "BlockingIOError"] * AT_ONCE
        monkeypatch.setattr(Member, "started", started)
        assert await ended(jobs) is State.DONE
        await jobs.close()

    started = Member.started
    asyncio.run(tried())


def test_a_job_tells_how_far_it_is_fails_where_it_is_refused_and_ends_with_the_service(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    before, ends = children(os.getpid()), list[tuple[State, int, int]]()

    async def tried() -> None:
        jobs = Jobs(str(log), [], lambda what, where: None)
        for each in (Question(VERIFY, {}), Question("GET /audit", {}, {"from": "never"})):
            jobs.start(each, OPEN, 7)
            job = jobs.of(each, OPEN)
            assert job is not None
            assert job.task is not None
            await asyncio.wait([job.task], timeout=20)
            assert job.answer is not None
            ends.append((job.state, job.answer.status, job.reached.step))
        jobs.start(Question("GET /audit", {}), OPEN, 7)
        while set(children(os.getpid())) <= set(before):
            await asyncio.sleep(0.01)
        await jobs.close()

    asyncio.run(tried())
    assert ends == [(State.DONE, 200, 12), (State.FAILED, 400, 0)]
    assert set(children(os.getpid())) <= set(before)


def test_what_is_done_with_or_was_never_started_cannot_be_stopped() -> None:
    jobs, question = Jobs("heart.db", [], lambda what, where: None), Question("GET /audit", {})
    jobs.stop(question, OPEN)
    for state in (State.DONE, State.FAILED, State.STOPPED):
        job = jobs._jobs[_key(question, OPEN)] = Job(7, state)
        jobs.stop(question, OPEN)
        assert job.state is state


def test_the_oldest_answers_are_forgotten_where_there_are_too_many_or_they_are_too_large_and_no_job_that_runs() -> None:
    def kept(*sizes: int | None) -> list[int]:
        """Which of some jobs are kept, by what their answers have; None of one that runs."""
        jobs = Jobs("heart.db", [], lambda what, where: None)
        for nth, size in enumerate(sizes):
            state = State.RUNNING if size is None else State.FAILED if size < 0 else State.DONE
            answer = Answer(200, bytes(size)) if size is not None and size >= 0 else None
            jobs._jobs[(nth,)] = Job(7, state, answer=answer)
        jobs._make_room()
        return [nth for (nth,) in jobs._jobs]

    assert kept(*[1] * MOST_KEPT) == list(range(MOST_KEPT))
    assert kept(*[1] * (MOST_KEPT + 2)) == list(range(2, MOST_KEPT + 2))
    assert kept(None, *[1] * MOST_KEPT) == [0, *range(2, MOST_KEPT + 1)]
    half = MOST_BYTES // 2
    assert kept(half, half) == [0, 1]
    assert kept(half, half, 1) == [1, 2]
    assert kept(-1, half, None, half, 1) == [2, 3, 4], "one that failed has no bytes, and is forgotten first"
    assert kept(MOST_BYTES + 1, None) == [1]
    assert kept(*[None] * (MOST_KEPT + 1)) == list(range(MOST_KEPT + 1))
