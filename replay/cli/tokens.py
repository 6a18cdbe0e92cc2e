"""snagc token: a token for a try, signed with the key that the configuration names."""

from typing import Annotated

import typer

from engine.errors import RequestError
from replay.cli import options
from replay.cli.common import guarded, now
from replay.cli.printing import print_json, say

LONGEST = 60 * 24 * 366
"""Minutes."""


Sub = Annotated[str, typer.Option(help="Who: a pseudonym. Where events name an actor, it is this.", metavar="NAME")]
Scope = Annotated[
    list[str],
    typer.Option(help="A role: producer expert coordinator team auditor operator; may be repeated.", metavar="ROLE"),
]
Source = Annotated[
    list[str] | None, typer.Option(help="A CloudEvents source they write for; may be repeated.", metavar="URI")
]
Centre = Annotated[
    list[str] | None, typer.Option(help="A transplant centre that is theirs; may be repeated.", metavar="FINESS")
]
Minutes = Annotated[int, typer.Option(min=1, max=LONGEST, help="How long it counts.")]


@guarded
def token(
    config: options.Config,
    sub: Sub,
    scope: Scope,
    source: Source = None,
    centre: Centre = None,
    minutes: Minutes = 60,
    json: options.Json = False,
) -> None:
    """Print a token for `snagc serve --config`, to try the service or to test a client.

    It is signed with tokens.signing_key of the configuration, which `openssl genpkey -algorithm ed25519` makes.

    Example: snagc token --config snagc.toml --sub lab-7 --scope producer --source urn:lab:7
    """
    from replay.service.config import read_configuration
    from replay.service.tokens import checked_subject, make_token

    made = make_token(
        read_configuration(config).tokens,
        sub=checked_subject(sub),
        scopes=_scopes(scope),
        sources=source or [],
        centres=centre or [],
        issued=now() // 1_000_000,
        minutes=minutes,
    )
    if json:
        print_json({"token": made})
    else:
        say(made)


def _scopes(given: list[str]) -> list[str]:
    from replay.service.viewer import SCOPES

    named = [name for words in given for name in words.split()]
    for name in named:
        if name not in SCOPES:
            raise RequestError(f"--scope {name}: no such role, write one of {', '.join(SCOPES)}")
    return named
