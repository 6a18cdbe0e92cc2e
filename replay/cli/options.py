"""The options that commands share, each written once."""

from typing import Annotated

import typer

_WHEN = "an RFC 3339 time, a Paris clock time (2025-06-30T12:00), a day (2025-06-30)"

Log = Annotated[
    str | None,
    typer.Option(
        "--log", envvar="SNAGC_LOG", help="The log: a SQLite file, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        metavar="PATH|ADDRESS",
    ),
]  # fmt: skip
Config = Annotated[str, typer.Option("--config", help="The service's configuration, a TOML file.", metavar="FILE")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AlwaysJson = Annotated[bool, typer.Option("--json", help="As without it: what is written is one JSON document.")]
At = Annotated[
    str | None, typer.Option("--at", help=f"When: {_WHEN}: its last instant, or now.", metavar="TIME|DAY|now")
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at", help=f"What was known: a position, {_WHEN}: its end, or now.", metavar="POSITION|TIME|DAY|now"
    ),
]
From = Annotated[
    str | None, typer.Option("--from", help=f"From this on, included: {_WHEN}: its first instant.", metavar="TIME|DAY")
]
To = Annotated[
    str | None, typer.Option("--to", help=f"Up to this, included: {_WHEN}: its last instant.", metavar="TIME|DAY")
]
Ruleset = Annotated[
    str | None, typer.Option(help="Another rule set than the one in force, by its date.", metavar="YYYY-MM-DD")
]
Readings = Annotated[
    list[str] | None,
    typer.Option("--readings", help="Another reading of the guide; may be repeated.", metavar="NAME=VALUE"),
]
Top = Annotated[int, typer.Option(min=0, help="How many ranks the table shows; --json has them all.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", help="Share the work among so many processes of this machine: the same bytes, sooner."),
]
Readers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="Share the offers among so many processes of this machine: the same bytes. Each reads the whole log, so a "
        "sensitivity gains most, a what-if something and an audit next to nothing.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Share it among the workers of a dask scheduler: tls://HOST:PORT (tcp:// on loopback alone). A log must "
        "be on PostgreSQL or at a path that all of them read.",
        metavar="ADDRESS",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace a file that is there; never a log, what lies beside one, a key or an input."),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        help="What the files hold: cloudevents, or a laboratory's messages.",
        metavar="cloudevents|fhir|hl7v2",
    ),
]
Patients = Annotated[
    str | None,
    typer.Option(
        envvar="SNAGC_PATIENTS",
        help="The mapping of patients to candidates, CSV; default: the one in your configuration.",
        metavar="FILE",
    ),
]
UnknownPatients = Annotated[
    str,
    typer.Option(help="Patients not in the mapping: refuse, or ignore (not kept).", metavar="refuse|ignore"),
]
