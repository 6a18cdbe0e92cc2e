"""The benchmarks still run: every figure over a short history, its floor beside it, and the page they make."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import simulation
from tests.benchmarks.chart import chart
from tests.benchmarks.figures import FIGURES
from tests.benchmarks.page import marks
from tests.benchmarks.worlds import WORLDS, World, built, events


@pytest.mark.long_only
def test_every_figure_is_measured_beside_its_floor(tmp_path: Path) -> None:
    history = built(WORLDS["month"], tmp_path)
    found = command.measured(FIGURES, history, rounds=1)
    assert [each.figure for each in found] == [each.name for each in FIGURES]
    for each, figure in zip(found, FIGURES, strict=True):
        assert each.seconds > 0
        assert (each.ratio is not None) == (figure.floor is not None)
        assert each.figure in each.line()
    assert built(WORLDS["month"], tmp_path) == history  # not built again
    (tmp_path / "README.md").write_text(
        "old\n".join(["# Room\n\n" + marks("figures")[0], marks("figures")[1] + "after\n"])
    )
    command.write_page(found, tmp_path)
    page = (tmp_path / "README.md").read_text()
    assert "old" not in page
    assert page.endswith("after\n")
    assert found[0].line() in page
    assert (tmp_path / "cost.svg").read_text().startswith("<svg")


@pytest.mark.long_only
def test_countries_side_by_side_share_no_id_and_one_counter() -> None:
    month = WORLDS["month"]
    two = list(events(World("two", month.first, month.first, countries=2)))
    identities = [(event["source"], event["id"]) for event in two]
    recorded = [event["recordedtime"] for event in two]
    subjects = {event["subject"] for event in two if event["subject"].startswith("candidate/")}
    assert recorded == sorted(recorded)
    assert len(set(identities)) >= len(identities) - 5  # what is sent twice
    assert {subject.partition("/")[2][:2] for subject in subjects} == {"0-", "1-"}
    assert sum(event["type"] == "snagc.offer-counter.initialised.v1" for event in two) == 1


@pytest.mark.parametrize("size", [1, 2, 9])
def test_a_line_is_drawn_through_every_point(size: int) -> None:
    svg = chart([("verify", 10 ** (3 + each), 0.1 * 10**each, 60.0) for each in range(size)])
    assert svg.count("<circle") == 2 * size
    assert json.dumps("verify").strip('"') in svg


@pytest.mark.long_only
def test_a_simulated_year_is_measured_whoever_works_and_without_match_runs() -> None:
    lines = list(simulation.measured(1))
    assert [line[:34].strip() for line in lines] == [
        "this process",
        "2 workers",
        "4 workers",
        "this process, without match runs",
    ]
