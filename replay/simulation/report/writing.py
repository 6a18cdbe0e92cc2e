"""The report's files in the folder of a simulation: the document, the charts, and a page in each language."""

import tomllib
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from typing import Any

import orjson

from replay.simulation.calibrated import Calibrated
from replay.simulation.folder import Folder
from replay.simulation.intervals import Interval
from replay.simulation.many import Results
from replay.simulation.outcomes import KINDS, OUTCOMES
from replay.simulation.report.charts import curves, forest
from replay.simulation.report.incidence import CURVES, LAST_DAY, STEP, Cohort

LANGUAGES = "en", "fr"
Words = dict[str, Any]
STYLE = (
    "body{font-family:Georgia,serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #d9d9d9;"
    "text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}"
)


def write_report(results: Results, cohorts: Sequence[Cohort], folder: Folder) -> None:
    """Write ``results.json``, the charts as SVG files and ``report.LANGUAGE.html``: the same bytes each time."""
    folder.write("results.json", orjson.dumps(results.as_json(), option=orjson.OPT_INDENT_2))
    for language in LANGUAGES:
        words = _words(language)
        charts = dict(_charts(results, cohorts, words))
        for name, chart in charts.items():
            folder.write(f"{name}.{language}.svg", chart.encode())
        folder.write(f"report.{language}.html", _page(results, charts, words, language).encode())


def _words(language: str) -> Words:
    return tomllib.loads(
        resources.files("replay.simulation.report").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    )


def _charts(results: Results, cohorts: Sequence[Cohort], words: Words) -> Iterator[tuple[str, str]]:
    days = list(range(0, min(LAST_DAY, results.request.years * 365) + 1, STEP))
    names = [policy.name for policy in results.request.policies]
    incidence = {
        words[curve]: [(name, of.incidence(event, days)) for name, of in zip(names, cohorts, strict=True)]
        for curve, event in CURVES.items()
    }
    yield "incidence", curves(words["incidence"], days, incidence, words["days_since"])
    alive = {words["alive"]: [(name, of.survival(days)) for name, of in zip(names, cohorts, strict=True)]}
    yield "survival", curves(words["survival"], days, alive, words["days_since"])
    for place, name in enumerate(names[1:], 2):
        for outcome in OUTCOMES:
            rows = [(words["all"], results.difference(place - 1, outcome))]
            for kind in KINDS:
                groups = [each for each in results.names if each.startswith(f"{outcome}/{kind}=")]
                rows += [(each.partition("/")[2], results.difference(place - 1, each)) for each in groups]
            title = f"{words[outcome]}: {name} − {names[0]}"
            yield f"difference-{place}-{outcome}", forest(title, rows)


def _page(results: Results, charts: dict[str, str], words: Words, language: str) -> str:
    request = results.request
    said = [
        f"<h1>{words['title']}</h1><p>{words['asked'].format(years=request.years, first=request.first, seed=request.seed, replicates=request.replicates)}</p>",  # noqa: E501
        *(f"<p><b>{escape(each.name)}</b>: {escape(each.rules.title)} <code>{each.sha256}</code></p>"
          for each in request.policies),
        f"<h2>{words['outcomes']}</h2>{_outcome_table(results, words)}",
        *charts.values(),
        f"<h2>{words['calibration']}</h2><p>{words['calibration_note']}</p>",
        _calibration_table(results.calibration, words),
        f"<h2>{words['assumed']}</h2><p>{words['assumed_note']}</p>{_rates_table(results, words)}",
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><title>{words["title"]}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{"".join(said)}</body></html>\n'


def _outcome_table(results: Results, words: Words) -> str:
    rows = []
    for outcome in OUTCOMES:
        for place, policy in enumerate(results.request.policies):
            difference = _shown(results.difference(place, outcome)) if place else "–"
            rows.append([words[outcome], policy.name, _shown(results.interval(place, outcome)), difference])
    return _table([words[each] for each in ("outcome", "policy", "mean", "difference")], rows, figures=(2, 3))


def _calibration_table(calibration: Sequence[Calibrated], words: Words) -> str:
    verdict = {True: words["within"], False: words["outside"], None: "–"}
    rows = [
        [
            each.figure.replace("_", " ") + (f" ({words['held_out']})" if each.held_out else ""),
            f"{each.published:g}",
            _shown(each.simulated),
            verdict[each.within],
            each.source,
        ]
        for each in calibration
    ]
    names = [words[each] for each in ("figure", "published", "simulated", "verdict", "source")]
    return _table(names, rows, figures=(1, 2))


def _rates_table(results: Results, words: Words) -> str:
    rows = [[name, str(said["value"]), said["source"]] for name, said in results.request.rates.entries.items()]
    return _table([words[each] for each in ("rate", "value", "source")], rows, figures=(1,))


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[int]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(text, number in figures) for number, text in enumerate(row))}</tr>"
                   for row in rows)  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, is_figure: bool) -> str:
    return f'<td class="n">{escape(text)}</td>' if is_figure else f"<td>{escape(text)}</td>"


def _shown(interval: Interval) -> str:
    if interval.mean is None:
        return "–"
    if interval.low is None or interval.high is None:
        return f"{interval.mean:.2f}"
    return f"{interval.mean:.2f} [{interval.low:.2f}; {interval.high:.2f}]"
