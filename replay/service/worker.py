"""A reading process: questions come in on standard input, answers go out on standard output, until the input ends.

``python -m replay.service.worker``; the service starts it. The first frame says which log, and which keys are known.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO

from engine.log.note import VerifierKey
from replay.service.answers import Answer, answer_to, where
from replay.service.desk import Desk
from replay.service.frames import framed, read_frame
from replay.service.handlers import HANDLERS
from replay.service.progress import QUIET, Progress, Reached
from replay.service.questions import Question
from replay.service.viewer import Viewer

_OFTEN = (200_000, 20, 20)
"""When each generation is looked through: as on the command line, seldom, since the garbage is little."""


def main() -> None:
    """Answer until nobody asks any more, or the service is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(10 * _OFTEN[0], *_OFTEN[1:])  # of one long answer; of short ones ``_tidy`` takes care between them
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints is no frame
        answer_all(sys.stdin.buffer, answers)


def answer_all(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every question."""
    opening = read_frame(questions)
    if opening is None:
        return
    desk = Desk(opening[0]["log"], [VerifierKey.parse(text) for text in opening[0]["keys"]], _now)
    while (asked := read_frame(questions)) is not None:
        desk.progress = Progress(partial(_tell, answers), time.monotonic) if asked[0].get("progress") else QUIET
        answers.write(_answered(desk, *asked))
        answers.flush()
        _tidy()


def _tidy() -> None:
    """Look for garbage once an answer has left, so that nobody waits for it: what is remembered is much to look at."""
    due = [
        generation for generation, (count, most) in enumerate(zip(gc.get_count(), _OFTEN, strict=True)) if count > most
    ]
    if due:
        gc.collect(due[-1])


def _tell(answers: BinaryIO, reached: Reached) -> None:
    answers.write(framed({"progress": list(reached)}))
    answers.flush()


def _now() -> int:
    return time.time_ns() // 1000


def _answered(desk: Desk, header: dict[str, Any], content: bytes) -> bytes:
    question, viewer = Question.of(header["question"]), Viewer(**header["viewer"])
    begun = time.monotonic()
    trace: list[str] = []
    try:
        answer = _answer(desk, question, viewer, header.get("known"), content)
    except Exception as error:
        answer = answer_to(error)
        if answer.status == 500:
            trace = [type(error).__name__, *where(error)]
    return framed(_header(answer, trace, time.monotonic() - begun), answer.body)


def _answer(desk: Desk, question: Question, viewer: Viewer, known: Mapping[str, Any] | None, content: bytes) -> Answer:
    """What the API is asked, or else a page; what pages are made of is loaded with the first."""
    if question.route in HANDLERS:
        return HANDLERS[question.route](desk, question, viewer)
    from replay.service.page_handlers import PAGES
    from replay.service.page_handlers.visit import Known, Visit
    from replay.service.page_works import WORKS

    if question.route in WORKS:
        return WORKS[question.route](desk, question, viewer)
    return PAGES[question.route](Visit(desk, question, viewer, Known(known, content)))


def _header(answer: Answer, trace: list[str], seconds: float) -> dict[str, Any]:
    return {
        "status": answer.status, "media": answer.media, "headers": dict(answer.headers), "trace": trace,
        "seconds": seconds, "persons": [list(names) for names in answer.persons],
        "kind": answer.kind, "about": dict(answer.about),
    }  # fmt: skip


if __name__ == "__main__":
    main()
