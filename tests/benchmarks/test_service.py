"""The service's figures are still measured: their floors over the worked example, all of them with ``--long``."""

from datetime import date
from pathlib import Path

from tests.benchmarks import service
from tests.benchmarks.bare import Files, stores
from tests.benchmarks.page import marks, put
from tests.benchmarks.worlds import Built, World
from tests.replay.command import snagc
from tests.replay.service.served import WORKED

FEW = service.Size(single=3, shared=20, many=30, offers=2, reads=2)


def test_the_services_figures_stand_beside_their_floors(tmp_path: Path, long_run: bool) -> None:
    log = tmp_path / "worked.db"
    assert snagc("ingest", "--import", WORKED, "--log", log).exit_code == 0
    files = Files(tmp_path)
    rows = files.rows(str(log), 3, 12)
    assert len(rows.events) == len(rows.identities) == 10
    durable, bare = files.insert_one_by_one(rows), files.insert(rows)
    found = [service.Row("bare insert", files.name, 10, durable, "all at once", bare, (0.001, 0.002))]
    if long_run:
        history = Built(World("worked", date(2024, 1, 1), date(2024, 12, 31)), WORKED, log, 38, ("O1",))
        found += service.reads(history, files, FEW)
        with stores(tmp_path) as there:
            for store in there:
                found += [*service.intake(store, log, FEW), *service.live_offers(store, log, FEW)]
    assert all(row.seconds > 0 < row.floor_seconds and row.figure in row.line() for row in found)
    (tmp_path / "README.md").write_text("old\n".join(marks("service")))
    put("service", found[0].line(), tmp_path)
    assert found[0].line() in (tmp_path / "README.md").read_text()
    assert "old" not in (tmp_path / "README.md").read_text()
