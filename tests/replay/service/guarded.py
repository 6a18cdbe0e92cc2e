"""A service that takes tokens, over the worked example and what makes two centres and two sources of it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from replay.service.config import TokensSection, read_configuration
from replay.service.tokens import make_token
from tests.replay.command import snagc
from tests.replay.service.keys import PUBLIC_PEM, SIGNING_PEM
from tests.replay.service.served import NDJSON, WORKED, Served, lines, serving

MINE, OTHERS = "/mine", "/others"
CENTRE, ELSEWHERE = "990000020", "990000030"
OWN, ANOTHER = "A2", "A1"
"""A candidate of each centre."""
BORN = "1979-03-12"
"""Of the donor D2."""


@dataclass(frozen=True)
class Guarded:
    """A running service, and tokens for it."""

    served: Served
    section: TokensSection

    def token(self, *scopes: str, sub: str = "K7", sources: Sequence[str] = (MINE,), **more: Any) -> str:
        """A token of some scopes, for the source and the centre that are their own unless told otherwise."""
        asked: dict[str, Any] = {"centres": [CENTRE], "issued": int(time.time()), "minutes": 60, **more}
        return make_token(self.section, sub=sub, scopes=scopes, sources=list(sources), **asked)

    def ask(self, request: str, token: str | None, body: bytes | None = None, media: str = NDJSON) -> httpx.Response:
        """The answer to ``METHOD /path?query`` under a token."""
        method, _, path = request.partition(" ")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = media
        return self.served.client.request(method, path, headers=headers, content=body)


def event(kind: str, subject: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A sound event of one's own source."""
    return {
        "specversion": "1.0", "source": MINE, "id": f"{kind}-{subject}", "type": f"snagc.{kind}.v1", "subject": subject,
        "time": "2024-07-02T08:00:00+02:00", "data": data, **more,
    }  # fmt: skip


def lab(candidate: str, source: str, value: str = "100") -> dict[str, Any]:
    """A result."""
    data = {"analyte": "bnp", "value": value, "unit": "ng/L"}
    return event("lab-result.recorded", f"candidate/{candidate}", data, source=source)


DONOR = {
    "birth_date": BORN, "sex": "M", "blood_group": "A", "height_cm": 178, "weight_kg": 75,
    "procurement_site": "750100018",
}  # fmt: skip
ADDED = [
    lab(OWN, OTHERS), lab(ANOTHER, MINE), lab(ANOTHER, OTHERS),
    event("donor.registered", "donor/D2", DONOR, source=OTHERS),
    event("graft.offered", "offer/O2", {"donor": "D2"}, source=OTHERS),
    event("proposal.made", "offer/O2", {"candidate": ANOTHER}, source=OTHERS),
    event("proposal.made", "offer/O2", {"candidate": OWN}, source=OTHERS, id="to the own"),
]  # fmt: skip
_NAMES = ("own candidate", "own source", "nothing own", "donor", "offer", "their proposal", "own proposal")
POSITIONS = {name: position for position, name in enumerate(_NAMES, 36)}


@contextmanager
def guarded(folder: Path, requests_per_minute: int = 100_000) -> Iterator[Guarded]:
    """The service, started."""
    log, config = folder / "heart.db", folder / "snagc.toml"
    (folder / "issuer.pem").write_bytes(PUBLIC_PEM)
    (folder / "signing-key.pem").write_bytes(SIGNING_PEM)
    config.write_text(
        '[tokens]\nissuer = "https://login.example.org"\naudience = "snagc"\nkeys = ["issuer.pem"]\n'
        f'signing_key = "signing-key.pem"\n[limits]\nrequests_per_minute = {requests_per_minute}\n'
    )
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    assert snagc("ingest", "--import", "-", "--log", log, given=lines(ADDED)).exit_code == 0
    key = folder / "keys"
    assert snagc("keys", "--out", key, "--name", "example.org/heart").exit_code == 0
    assert snagc("checkpoint", "--log", log, "--key", key / "example.org_heart.key").exit_code == 0
    with serving(log, "--config", str(config)) as running:
        yield Guarded(running, read_configuration(config).tokens)


def records(log: Path) -> list[dict[str, Any]]:
    """The access records beside a log."""
    found: list[dict[str, Any]] = []
    for path in sorted(Path(f"{log}.access").glob("*.ndjson")):
        found += [json.loads(line) for line in path.read_bytes().splitlines()]
    return found
