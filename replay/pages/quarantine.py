"""What was refused and waits: why, what was sent, and a form that sends it again."""

from collections.abc import Sequence
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.jobs import part_of
from replay.pages.page import Frame


def quarantine_content(frame: Frame, entries: Sequence[Sheet], *, may_resend: bool) -> dict[str, Any]:
    """What the page shows, the newest first."""
    return {
        "title": frame.words("quarantine", "title"),
        "part": part_of(list(reversed(entries)), frame),
        "may_resend": may_resend and bool(frame.csrf),
    }
