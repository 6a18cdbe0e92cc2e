"""Laboratory messages on the command line: which mapping of patients, which format, and the verdicts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import RequestError
from replay.cli.common import now
from replay.cli.keyring import key_folder

if TYPE_CHECKING:
    from engine.intake.feeds.patients import Patients
    from engine.intake.feeds.taking import FeedIntake
    from engine.intake.verdicts import Verdict
    from engine.log.eventlog import EventLog

CLOUDEVENTS = "cloudevents"
REFUSE, IGNORE = "refuse", "ignore"
LONGEST_FILE = 512 * 1024 * 1024
TOGETHER = 100
"""Messages in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How messages are taken in."""

    format: str
    patients: "Patients"
    ignore_unknown: bool

    @classmethod
    def of(cls, format_: str, patients: str | None, unknown_patients: str, *, import_: bool = False) -> "Feed":
        """As the options say; RequestError where they make no sense."""
        from engine.intake.feeds.formats import FORMATS

        if format_ not in FORMATS:
            raise RequestError(f"--format {format_}: write {CLOUDEVENTS}, {' or '.join(FORMATS)}")
        if import_:
            raise RequestError("--import keeps recorded times, and laboratory messages bring none: leave it out")
        if unknown_patients not in (REFUSE, IGNORE):
            raise RequestError(f"--unknown-patients {unknown_patients}: write {REFUSE} or {IGNORE}")
        if unknown_patients == IGNORE and not patients_file(patients).exists():
            raise RequestError(
                f"--unknown-patients {IGNORE}: there is no mapping of patients, so all would be passed over: "
                "snagc patients add, or name it with --patients"
            )
        return cls(format_, known_patients(patients), unknown_patients == IGNORE)

    def into(self, log: "EventLog") -> Callable[[BinaryIO], Iterator["Verdict"]]:
        """What takes the messages of a stream into a log."""
        from engine.intake.feeds.taking import FeedIntake, parts_of

        intake = FeedIntake(log, now=now, patients=self.patients, ignore_unknown=self.ignore_unknown)

        def take(stream: BinaryIO) -> Iterator["Verdict"]:
            body, line = stream.read(LONGEST_FILE + 1), 1
            if len(body) > LONGEST_FILE:
                raise RequestError(f"over {LONGEST_FILE} bytes of messages: send them in several files")
            parts = parts_of(body, self.format)
            for start in range(0, len(parts), TOGETHER):
                for answer in intake.take(parts[start : start + TOGETHER], line):
                    yield from answer.verdicts
                    line = answer.verdicts[-1].line + 1 if answer.verdicts else line

        return take


def feed_intake(log: "EventLog", patients: str | None) -> "FeedIntake":
    """What sends messages of the quarantine again."""
    from engine.intake.feeds.taking import FeedIntake

    return FeedIntake(log, now=now, patients=known_patients(patients))


def patients_file(given: str | None) -> Path:
    """The mapping that is meant: the one named, else the one in the configuration."""
    return Path(given) if given else key_folder() / "patients.csv"


def known_patients(given: str | None) -> "Patients":
    """The mapping; an empty one where none is named and none is in the configuration."""
    from engine.intake.feeds.patients import Patients, read_patients

    path = patients_file(given)
    return read_patients(path) if given or path.exists() else Patients()
