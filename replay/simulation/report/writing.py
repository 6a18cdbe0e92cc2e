"""The report's files in the folder of a simulation: the document, Parquet, charts, and a page in each language."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import orjson
import polars as pl

from replay.simulation.folder import Folder
from replay.simulation.many import Results
from replay.simulation.outcomes import OUTCOMES
from replay.simulation.report.labels import words_in
from replay.simulation.report.page import page
from replay.simulation.report.pictures import pictures
from replay.simulation.report.seen import Seen
from replay.simulation.sensitivity import Tried

LANGUAGES = "en", "fr"
Row = dict[str, Any]


def write_report(results: Results, seen: Seen, tried: Sequence[Tried], folder: Folder) -> None:
    """Write ``results.json``, ``outcomes.parquet``, ``sensitivity.parquet`` where rates were tried, the charts as SVG
    files and ``report.LANGUAGE.html``: the same bytes each time.
    """
    folder.write("results.json", orjson.dumps(results.as_json(), option=orjson.OPT_INDENT_2))
    folder.write("outcomes.parquet", _parquet(list(_outcome_rows(results, seen))))
    if tried:
        folder.write("sensitivity.parquet", _parquet(list(_tried_rows(tried))))
    for language in LANGUAGES:
        words = words_in(language)
        charts = dict(pictures(results, seen, words))
        for name, chart in charts.items():
            folder.write(f"{name}.{language}.svg", chart.encode())
        folder.write(f"report.{language}.html", page(results, seen, tried, charts, words, language).encode())


def _outcome_rows(results: Results, seen: Seen) -> Iterator[Row]:
    """Every outcome of every replicate, of each group and by distance too."""
    for place, policy in enumerate(results.request.policies):
        pairs = zip(results.values[place], seen.distances[place], strict=True)
        for number, (values, by_distance) in enumerate(pairs, 1):
            for outcome, value in {**values, **by_distance}.items():
                yield {
                    "place": place,
                    "policy": policy.name,
                    "replicate": number,
                    "outcome": outcome,
                    "value": value,
                }


def _tried_rows(tried: Sequence[Tried]) -> Iterator[Row]:
    """Every paired difference under other rates."""
    for each in tried:
        for difference in each.results.differences():
            if difference.outcome in OUTCOMES:
                interval = difference.interval
                yield {
                    "rates": each.group,
                    "factor": float(each.factor),
                    "replicates": each.results.request.replicates,
                    "policy": difference.policy,
                    "against": difference.against,
                    "outcome": difference.outcome,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                }


def _parquet(rows: Sequence[Row]) -> bytes:
    file = BytesIO()
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(file)
    return file.getvalue()
