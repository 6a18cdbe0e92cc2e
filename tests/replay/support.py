"""Candidates and offers for the tests of the match run: a change in a test is then all that shows."""

from typing import Any

from tests.projections.support import CENTRE, ELSEWHERE, SITE, Log

NOW = "2024-05-17"


def one_town() -> Log:
    """A log in which the procurement site and the centre are one town: MG = 1."""
    log = Log()
    log.travel("V1", "2024-01-01", [[SITE, CENTRE, 0], [SITE, ELSEWHERE, 600]])
    return log


def adult(log: Log, candidate: str = "C1", labs: str | None = "2024-05-16", **fields: Any) -> None:
    """A man of 45, of group A, with an ICAR of 14 (350 points) while his results are fresh."""
    log.registered(candidate, "2024-01-01", **({"birth_date": "1979-05-17"} | fields))
    if labs:
        log.labs(candidate, labs, nt_probnp="11332")


def expert(log: Log, candidate: str, granted: str = "2024-05-01", points: str | None = None, **fields: Any) -> None:
    """An adult with an expert component: 900 points, or ``points`` where they are above 350."""
    adult(log, candidate, **fields)
    log.granted(candidate, "XPCA", granted, points=points)


def offered(log: Log, **donor: Any) -> Log:
    """The log with a donor, 45 years old unless told otherwise, and the offer O1 at its end."""
    log.donor("D1", "2024-05-16", **donor)
    log.offered("O1", NOW)
    return log


def order(log: Log, **options: Any) -> list[str]:
    """The ranking."""
    return [entry["candidate"] for entry in log.run("O1", **options)["ranking"]]


def reasons(log: Log, candidate: str = "C1", **options: Any) -> list[str] | None:
    """Why a candidate is excluded; None where it is ranked."""
    found: list[str] | None = log.entry("O1", candidate, **options).get("reasons")
    return found
