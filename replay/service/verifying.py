"""``verify``, as a page starts it: the log proved whole by the keys that the service knows, step after step."""

from replay.service.answers import Answer, document
from replay.service.desk import Desk
from replay.service.questions import Question
from replay.service.viewer import Viewer

VERIFY = "verify"
"""It is no request of the API: whoever has the file verifies it."""


def verify(desk: Desk, question: Question, viewer: Viewer) -> Answer:
    """The document of ``verify``; the log is named to nobody."""
    from replay.audit.verification.heads import Trust
    from replay.audit.verification.verify import verify_file

    trust = Trust(desk.keys, [])
    found = verify_file(desk.location, trust, desk.progress.tick, desk.progress.step)
    return document(found.as_json())
