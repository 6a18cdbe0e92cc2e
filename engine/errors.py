"""The one error tree. Every error says what was wrong (field and value) and what to do about it.

    SnagcError
    ├── RequestError        asked for something that is not there or cannot be           exit 2
    │   ├── UnknownError    named something that the log does not have                    exit 2
    │   ├── NoRulesError    a date before the score, or a rule set nobody knows           exit 2
    │   └── NoRunError      an offer whose donor is not registered as known there         exit 2
    ├── RuleSetError        a rule set file with a gap, an overlap or a missing figure    exit 2
    ├── WorkersError        those who share a work are lost, or have another program        exit 1
    ├── OutputError         an output cannot be written, whatever its name: no room       exit 1
    └── LogError            the log cannot be used here: rights, room, a lock, a medium   exit 1
        └── BrokenLogError  stored rows contradict what a log guarantees                  exit 4
            ├── NotALogError    the file is no log, or no longer one                      exit 4
            └── LostLogError    a log was here: missing, emptied, taken away while in use exit 4

Bad input events are not exceptions: they get a verdict each (see engine.intake.verdicts).
"""


class SnagcError(Exception):
    """Base of all errors; ``exit_code`` is what the command line returns.

    ``kind`` names what is wrong, where others are to say it in words of their own, and ``about`` what it is about.
    """

    exit_code = 1

    def __init__(self, message: str = "", kind: str = "", **about: str | int) -> None:
        super().__init__(message)
        self.kind, self.about = kind, about


class RequestError(SnagcError):
    """What was asked for does not exist or makes no sense; the message names field, value and remedy."""

    exit_code = 2


class UnknownError(RequestError):
    """What was named (an offer, a candidate, a position, a centre) the log does not have."""


class NoRulesError(RequestError):
    """No rules are in force on the date, or the rule set asked for does not exist."""


class NoRunError(RequestError):
    """No run of an offer is possible as known at a position: its donor is not registered by the offer (any more).

    ``code``: ``donor_retracted``, ``donor_moved`` (to after the offer) or ``donor_unknown``; ``position``: of the
    retraction or correction that did it.
    """

    def __init__(self, code: str, position: int | None, message: str) -> None:
        super().__init__(message, code, **({} if position is None else {"position": position}))
        self.code = code
        self.position = position


class RuleSetError(SnagcError):
    """A rule set file is incomplete, overlaps another one or leaves a gap."""

    exit_code = 2


class OutputError(SnagcError):
    """An output could not be written for want of room or a sound disk; the message states the system's own cause."""


class WorkersError(SnagcError):
    """Shares could not be worked on: workers were lost again and again, or have another program than this process."""


class LogError(SnagcError):
    """The log cannot be opened here or would not be durable."""


class BrokenLogError(LogError):
    """Stored rows contradict the guarantees of the log; the message names the first bad position."""

    exit_code = 4


class NotALogError(BrokenLogError):
    """The file named is something else. Whether it ever was a log nobody can tell, so nothing is taken for granted."""


class LostLogError(BrokenLogError):
    """What lies beside a log is there but the log is not, or it is no longer the file that was opened."""
