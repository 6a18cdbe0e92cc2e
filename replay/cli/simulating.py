"""snagc simulate: the same people under one rule set and another, and what it would do to their lives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import RequestError
from engine.text import counted
from replay.cli import options
from replay.cli.common import guarded
from replay.cli.printing import bold, console, figures_table, print_json, progress

if TYPE_CHECKING:
    from replay.simulation.intervals import Interval
    from replay.simulation.many import Results
    from replay.simulation.request import Request
    from replay.simulation.share import Share
    from replay.spread.spread import Spread

WHOLE = ("deaths", "worsened", "transplants", "days_to_transplant", "survivors_1y", "travel_minutes")


Policies = Annotated[
    list[str],
    typer.Option(
        "--policy",
        help="A rule set's id, or a TOML file that inherits from one; the first is compared with each other one.",
        metavar="RULESET|FILE",
    ),
]
Arrivals = Annotated[
    str | None, typer.Option(help="A log whose candidates and donors arrive; default: drawn.", metavar="PATH|ADDRESS")
]
RatesFile = Annotated[
    Path | None, typer.Option(help="Other rates than the project's own, a TOML file.", metavar="FILE")
]
Out = Annotated[
    Path | None,
    typer.Option(help="A folder for replicates (Parquet), charts and the report; the same request goes on there."),
]
Sensitivity = Annotated[
    int | None,
    typer.Option(
        help="Compare the policies again with each of 12 groups of rates 20 % lower and higher, in so many replicates "
        "each: 24 simulations more, told in the report.",
        metavar="REPLICATES",
    ),
]


@guarded
def simulate(
    policy: Policies,
    from_: Annotated[str, typer.Option("--from", help="The first day of the simulated years.", metavar="DAY")],
    years: Annotated[int, typer.Option(help="How many years are lived.")] = 1,
    replicates: Annotated[int, typer.Option(help="How many times, each with people of its own.")] = 20,
    seed: Annotated[int, typer.Option(help="What all dice hang on.")] = 1,
    arrivals: Arrivals = None,
    rates: RatesFile = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    out: Out = None,
    sensitivity: Sensitivity = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """What rule sets would do to people's lives: deaths, transplants, waiting and travel, with 95 % intervals.

    The same candidates and donors arrive under each policy and the same dice are thrown; the match run of every offer
    is the engine's own. Interrupted with --out, the same request goes on where it stood.

    Example: snagc simulate --policy 2023-06-15 --policy no_assist_arm.toml --from 2024-01-01 --replicates 20
    """
    from replay.spread.spread import Spread

    spread = Spread.asked(workers, scheduler)
    request = _request(policy, from_, years, replicates, seed, rates, arrivals)
    if sensitivity is not None and out is None:
        raise RequestError("--sensitivity is told in the report: name its folder with --out DIR")
    results = _lived(request, spread, out, force, sensitivity)
    if json:
        print_json(results.as_json())
    else:
        _show(results)


def _lived(request: "Request", spread: "Spread", out: Path | None, force: bool, sensitivity: int | None) -> "Results":
    """All replicates, and where a folder is named the report in it."""
    from replay.simulation.folder import Folder
    from replay.simulation.many import simulate as simulated
    from replay.simulation.report.seen import Seen
    from replay.simulation.sensitivity import Tried, tried

    folder = None if out is None else Folder(out, request, force=force)
    if folder is not None:
        folder.begin()
    seen, others = Seen(request), list[Tried]()
    with progress("replicates done") as shown:

        def heard(shares: "Sequence[Share]") -> None:
            shown.tick()
            seen.hear(shares)

        results = simulated(request, spread, folder, heard)
        if sensitivity is not None:
            others = list(tried(request, sensitivity, spread, folder, lambda shares: shown.tick()))
    if folder is not None:
        from replay.simulation.report.writing import write_report

        write_report(results, seen, others, folder)
    return results


def _request(
    policies: list[str], from_: str, years: int, replicates: int, seed: int, rates: Path | None, arrivals: str | None
) -> "Request":
    from replay.simulation.policy import Policy
    from replay.simulation.rates import Rates
    from replay.simulation.request import Request

    try:
        first = date.fromisoformat(from_)
        if first.isoformat() != from_:  # weeks and days without hyphens are read too, and nowhere else here
            raise ValueError
    except ValueError:
        raise RequestError(f"--from {from_!r} is no day: write it as 2024-01-01") from None
    chosen = tuple(Policy.read(each) for each in policies)
    request = Request(chosen, first, years, replicates, seed, Rates.read(rates))
    return request if arrivals is None else _with_log(request, arrivals)


def _with_log(request: "Request", arrivals: str) -> "Request":
    """The same with a log whose people arrive, as it is now: what is added later plays no part."""
    from engine.log.store import is_database
    from replay.cli.common import opened
    from replay.simulation.from_log import check_log, known_of

    location = arrivals if is_database(arrivals) else str(Path(arrivals).absolute())
    with opened(location) as log:
        size = log.head()
        log.hold(size)
    root = known_of(location, size).root
    asked = replace(request, arrivals=location, arrivals_size=size, arrivals_root=root)
    check_log(asked)
    return asked


def _show(results: "Results") -> None:
    from replay.simulation.report.labels import policy_label, policy_origin

    out, request = console(), results.request
    first, *later = [policy_label(policy) for policy in request.policies]
    years, replicates = counted(request.years, "year"), counted(request.replicates, "replicate")
    asked = f"{years} from {request.first}, {replicates}, seed {request.seed}"
    for place, policy in enumerate(request.policies):
        out.print(bold([first, *later][place]), f"{policy_origin(policy)}; {asked}")
        rows = [[name, *_figures(results.interval(place, name))] for name in WHOLE]
        out.print(figures_table(("outcome", "mean", "low", "high"), rows, left=("outcome",)))
    for place, name in enumerate(later, 1):
        out.print(bold(f"{name} against {first}"), "paired by replicate, 95 % intervals")
        rows = [[name, *_figures(results.difference(place, name))] for name in WHOLE]
        out.print(figures_table(("outcome", "difference", "low", "high"), rows, left=("outcome",)))
    inside = [each.within for each in results.calibration if each.within is not None]
    if inside:
        out.print(f"calibration: {sum(inside)} of {len(inside)} published figures lie where one more replicate would")


def _figures(interval: "Interval") -> list[str]:
    return [value or "-" for value in interval.as_json().values()]
