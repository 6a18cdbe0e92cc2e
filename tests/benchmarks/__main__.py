"""Measure every figure beside its floor: ``python -m tests.benchmarks --help``."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from statistics import median

from tests.benchmarks.chart import chart
from tests.benchmarks.figures import FIGURES, Figure, floor_of
from tests.benchmarks.page import ROOM, put
from tests.benchmarks.processes import Cost
from tests.benchmarks.worlds import WORLDS, Built, built

HEADING = (
    f"{'figure':<25}{'events':>10}{'seconds':>9}{'cpu s':>9}{'peak MB':>9}{'floor':>18}{'ratio':>8}{'cpu ratio':>11}"
)


@dataclass(frozen=True)
class Measured:
    """A figure over a history: medians over the rounds of one run, the ratio that of each round."""

    figure: str
    world: str
    events: int
    seconds: float
    cpu: float
    peak_mb: float
    floor: str | None
    floor_seconds: float | None
    ratio: float | None
    cpu_ratio: float | None
    note: str

    def line(self) -> str:
        """As the run prints it."""
        (figure,) = (each for each in FIGURES if each.name == self.figure)
        asked = f"at most {figure.most:g}" if figure.most else f"at least {figure.least:g}" if figure.least else ""
        ratio, cpu_ratio = (
            "" if each is None else f"{each:.3f}" if figure.least else f"{each:.1f}"
            for each in (self.ratio, self.cpu_ratio)
        )
        return (
            f"{self.figure:<25}{self.events:>10,}{self.seconds:>9.3f}{self.cpu:>9.3f}{self.peak_mb:>9.0f}"
            f"{self.floor or '':>18}{ratio:>8}{cpu_ratio:>11}  {asked or self.note}"
        )


def main() -> None:
    """Build, measure, print; on request write the room's page."""
    asked = _asked()
    kept = asked.folder / "figures.json"
    found = {key: Measured(**each) for key, each in json.loads(kept.read_text()).items()} if kept.exists() else {}
    figures = [each for each in FIGURES if not asked.only or each.name in asked.only]
    print(f"{HEADING}  asked")
    for name in asked.worlds:
        history = built(WORLDS[name], asked.folder)
        for each in measured(figures, history, asked.rounds):
            found[f"{name}: {each.figure}"] = each
            print(each.line(), flush=True)
        kept.write_text(json.dumps({key: asdict(each) for key, each in found.items()}, indent=1))
    if asked.page:
        write_page(sorted(found.values(), key=attrgetter("events")))


def measured(figures: Sequence[Figure], history: Built, rounds: int) -> list[Measured]:
    """Every figure, each round with its own floors, so that both meet the same machine."""
    floors: list[dict[str, Cost]] = []
    costs: list[list[Cost]] = []
    for _ in range(rounds):
        floors.append({name: floor_of(name, history) for name in dict.fromkeys(each.floor for each in figures) if name})
        costs.append([each.measure(history) for each in figures])
    return [
        _of(each, history, [row[number] for row in costs], [row[each.floor] for row in floors if each.floor])
        for number, each in enumerate(figures)
    ]


def _of(figure: Figure, history: Built, costs: list[Cost], floors: list[Cost]) -> Measured:
    pairs = list(zip(costs, floors, strict=False))
    return Measured(
        figure.name,
        history.world.name,
        history.events,
        median(cost.seconds for cost in costs),
        median(cost.cpu for cost in costs),
        max(cost.peak_mb for cost in costs),
        figure.floor,
        median(floor.seconds for floor in floors) if floors else None,
        _ratio(figure, [(cost.seconds, floor.seconds) for cost, floor in pairs]),
        _ratio(figure, [(cost.cpu, floor.cpu) for cost, floor in pairs]),
        costs[-1].note,
    )


def _ratio(figure: Figure, pairs: Sequence[tuple[float, float]]) -> float | None:
    """The median over the rounds; of speeds where at least a part of the floor's is asked."""
    ratios = [floor / cost if figure.least else cost / floor for cost, floor in pairs]
    return median(ratios) if ratios else None


def write_page(found: list[Measured], room: Path = ROOM) -> None:
    """The table and the chart on the room's page."""
    put("figures", "\n".join([f"{HEADING}  asked", *(each.line() for each in found)]), room)
    growing = {each.name for each in FIGURES if each.grows}
    drawn = [each for each in found if each.figure in growing and each.world.isdigit()]
    svg = chart([(each.figure, each.events, each.seconds, each.peak_mb) for each in drawn])
    (room / "cost.svg").write_text(svg, encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Figures beside their floors.")
    parser.add_argument(
        "worlds", nargs="*", choices=[[], *WORLDS], default=["1", "9"], help="years; wide: 5,000 listed"
    )
    folder = Path(tempfile.gettempdir()) / "snagc-benchmarks"
    parser.add_argument("--folder", type=Path, default=folder, help=f"keeps what is built (default {folder})")
    parser.add_argument("--only", nargs="+", choices=[each.name for each in FIGURES], help="some figures")
    parser.add_argument("--rounds", type=int, default=3, help="medians over so many (default 3)")
    parser.add_argument("--page", action="store_true", help="write the table and the chart of this room's page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
