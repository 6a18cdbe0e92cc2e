"""The folder of a simulation: its finished replicates, one Parquet file each, and what was asked for.

The same request goes on there; another is refused, for its shares would be mixed with these.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from engine.errors import RequestError
from engine.events.canonical import canonical_json, sha256_hex
from engine.log.outputs import Output
from replay.run.version import engine_version
from replay.simulation.living import Census
from replay.simulation.request import Request
from replay.simulation.share import Share

ASKED, REPLICATES = "request.json", "replicates"
_REST = "snagc"


class Folder:
    """A folder of finished replicates."""

    def __init__(self, path: Path, request: Request, *, force: bool = False) -> None:
        self.path, self._request, self._force = path, request, force
        self._asked = canonical_json({"engine": engine_version(), **request.document()})

    def begin(self) -> None:
        """Make the folder, or go on in it; RequestError where it is another's. With ``force`` it is begun anew."""
        there = _bytes_of(self.path / ASKED)
        if there != self._asked and self.path.exists() and not self.path.is_dir():
            raise RequestError(f"{self.path} is no folder: name another")
        if there is None and self._holds_files():
            raise RequestError(f"{self.path} holds something else than a simulation: name a new folder")
        if there not in (None, self._asked):
            self._refuse_other(there or b"")
            self._clear()
        self._make()
        if there != self._asked:
            self.write(ASKED, self._asked)

    def _holds_files(self) -> bool:
        """Whether there is more than what one leaves who is ended while making the folder."""
        return any(path.is_file() and not path.match(".snagc-*.draft") for path in self.path.rglob("*"))

    def _clear(self) -> None:
        """Take away all that another simulation left, its answers first: who is stopped here leaves no false ones."""
        for pattern in ("results.json", "*.parquet", "*.html", "*.svg", f"{REPLICATES}/*.parquet"):
            for path in self.path.glob(pattern):
                path.unlink()

    def _make(self) -> None:
        try:
            (self.path / REPLICATES).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"cannot make the folder {self.path}: {error.strerror}; name one where folders can be made"
            ) from None

    def _refuse_other(self, there: bytes) -> None:
        if self._force:
            return
        try:
            before, now = orjson.loads(there), orjson.loads(self._asked)
            differing = [f"{name} {before.get(name)}, now {value}" for name, value in now.items()
                         if before.get(name) != value]  # fmt: skip
        except (orjson.JSONDecodeError, AttributeError):
            differing = [f"{ASKED} cannot be read"]
        raise RequestError(
            f"{self.path} holds another simulation ({'; '.join(differing)}): name another folder, "
            "or replace it with --force"
        )

    def write(self, name: str, data: bytes) -> None:
        """Write one of the folder's files, whole."""
        inputs = [policy.name for policy in self._request.policies if policy.text is not None]
        Output(self.path / name, self._request.arrivals, inputs, force=True).write(data)

    def within(self, name: str, request: Request) -> "Folder":
        """A folder in this one for a request that follows from this one's; what is there of another is replaced."""
        folder = Folder(self.path / name, request, force=True)
        folder.begin()
        return folder

    def has(self, number: int) -> bool:
        """Whether a replicate is finished."""
        return self._place(number).exists()

    def finished(self, number: int) -> list[Share]:
        """A finished replicate under each policy that was lived."""
        try:
            return _shares(self._place(number).read_bytes(), sha256_hex(self._asked))
        except (pl.exceptions.PolarsError, KeyError, ValueError, OSError) as error:
            raise RequestError(f"{self._place(number)} cannot be read ({error}): remove it, it is made again") from None

    def finish(self, number: int, shares: Sequence[Share]) -> None:
        """Keep a replicate."""
        self.write(f"{REPLICATES}/{self._place(number).name}", parquet_of(shares, sha256_hex(self._asked)))

    def _place(self, number: int) -> Path:
        return self.path / REPLICATES / f"{number:06}.parquet"


def parquet_of(shares: Sequence[Share], asked: str) -> bytes:
    """Shares as one table: a row for each candidate under each policy, which ``policy`` counts from 0.

    ``asked`` is the SHA-256 of what was asked for: of two simulations in one folder at once each knows its own.
    """
    frames = [
        pl.DataFrame({"policy": list(repeat(place, len(share.columns["candidate"]))), **share.columns})
        for place, share in enumerate(shares)
    ]
    rest = [
        [share.policy, share.sha256, share.number, share.begin, share.end, dict(share.counts), share.censuses]
        for share in shares
    ]
    file = BytesIO()
    pl.concat(frames, how="vertical_relaxed").write_parquet(
        file, metadata={_REST: orjson.dumps(rest).decode(), ASKED: asked}
    )
    return file.getvalue()


def _shares(data: bytes, asked: str) -> list[Share]:
    table, said = pl.read_parquet(BytesIO(data)), pl.read_parquet_metadata(BytesIO(data))
    if said[ASKED] != asked:
        raise ValueError("it is another simulation's")
    rest = orjson.loads(said[_REST])
    return [_share(table.filter(pl.col("policy") == place).drop("policy"), *each) for place, each in enumerate(rest)]


def _share(table: pl.DataFrame, *rest: Any) -> Share:
    policy, sha256, number, begin, end, counts, censuses = rest
    known = tuple(Census(**each) for each in censuses)
    return Share(policy, sha256, number, begin, end, table.to_dict(as_series=False), counts, known)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
