"""The reading processes of a service: whoever is ended is missed by nobody."""

import asyncio
import os
import signal
from pathlib import Path

from replay.service.answers import Answer, Problem
from replay.service.crew import Crew
from replay.service.questions import Question
from replay.service.viewer import OPEN
from tests.replay.command import snagc
from tests.replay.service.served import WORKED

QUESTION = Question("GET /offers/{}/match-run", {"offer": "O1"})


def _children() -> set[int]:
    return {int(name) for name in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_a_question_is_answered_though_every_process_of_the_crew_was_ended(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0

    async def asked() -> list[int]:
        before = _children()
        crew = Crew(str(log), (), size=2, waiting=2, seconds=60, tell=lambda *_: None)
        both = await asyncio.gather(crew.answer(QUESTION, OPEN), crew.answer(QUESTION, OPEN))
        for process in _children() - before:
            os.kill(process, signal.SIGKILL)
        answer = await crew.answer(QUESTION, OPEN)
        await crew.close()
        return [each.status for each in (*both, answer)]

    assert asyncio.run(asked()) == [200, 200, 200]


def test_as_many_as_may_wait_are_answered_again_and_again_and_one_more_is_told_to_come_back(tmp_path: Path) -> None:
    log = tmp_path / "heart.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0

    async def asked() -> list[list[int]]:
        crew, rounds = Crew(str(log), (), size=1, waiting=1, seconds=60, tell=lambda *_: None), []
        for many in (2, 3, 2, 2):
            found = await asyncio.gather(*(crew.answer(QUESTION, OPEN) for _ in range(many)), return_exceptions=True)
            rounds.append([each.status for each in found if isinstance(each, Answer | Problem)])
        await crew.close()
        return rounds

    assert asyncio.run(asked()) == [[200, 200], [200, 200, 503], [200, 200], [200, 200]]
