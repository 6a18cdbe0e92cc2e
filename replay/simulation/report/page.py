"""The page of a report: what came out in short, the tables, the charts, and what was assumed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape

from replay.simulation.calibrated import Calibrated
from replay.simulation.intervals import Interval
from replay.simulation.many import Results
from replay.simulation.outcomes import OUTCOMES
from replay.simulation.report.labels import Words, group_label, policy_label, policy_origin
from replay.simulation.report.seen import DISTANCE, Seen
from replay.simulation.sensitivity import Tried

STYLE = (
    "body{font-family:Georgia,serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;line-height:1.4}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}td,th{padding:.2rem .6rem;border-bottom:1px solid "
    "#d9d9d9;text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "td.n span{white-space:nowrap}svg{width:100%;height:auto;margin:.5rem 0}summary{cursor:pointer}"
)
NONE, NARROW = "\u2013", "\u202f"
Cell = str | Interval
"""A text, or a difference, which is bold where its interval excludes zero."""


def page(
    results: Results, seen: Seen, tried: Sequence[Tried], charts: Mapping[str, str], words: Words, language: str
) -> str:
    """The page, whole."""
    said = "".join(_sections(results, seen, tried, charts, words))
    head = f'<meta charset="utf-8"><title>{words["title"]}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{said}</body></html>\n'


def _sections(
    results: Results, seen: Seen, tried: Sequence[Tried], charts: Mapping[str, str], words: Words
) -> Iterator[str]:
    request = results.request
    asked = words["asked"].format(
        years=request.years, first=request.first, seed=request.seed, replicates=request.replicates
    )
    yield f"<h1>{words['title']}</h1><p>{asked}</p>"
    origins = [[policy_label(each), policy_origin(each), each.sha256] for each in request.policies]
    yield _table([words["policy"], words["origin"], "SHA-256"], origins)
    yield f"<h2>{words['short']}</h2><ul>{''.join(_in_short(results, words))}</ul>"
    yield f"<h2>{words['outcomes']}</h2>{_outcomes(results, words)}<p>{words['outcomes_note']}</p>"
    yield charts["incidence"] + charts["survival"]
    yield f"<h2>{words['distance']}</h2><p>{words['distance_note']}</p>{_distances(seen.by_distance(), words)}"
    for place, policy in enumerate(request.policies[1:], 2):
        yield f"<h2>{words['whom'].format(policy=escape(policy_label(policy)))}</h2><p>{words['whom_note']}</p>"
        for outcome in OUTCOMES:
            yield charts[f"difference-{place}-{outcome}"]
        centres = "".join(charts[f"centres-{place}-{outcome}"] for outcome in OUTCOMES)
        yield f"<details><summary>{words['by_centre']}</summary>{centres}</details>"
    if tried:
        yield f"<h2>{words['sensitivity']}</h2><p>{words['sensitivity_note'].format(replicates=_tried_in(tried))}</p>"
        for place, policy in enumerate(request.policies[1:], 1):
            yield f"<h3>{escape(policy_label(policy))}</h3>{_sensitivity(results, tried, place, words)}"
    yield f"<h2>{words['calibration']}</h2><p>{words['calibration_note']}</p>"
    yield _calibration(results.calibration, words)
    yield f"<h2>{words['assumed']}</h2><p>{words['assumed_note']}</p>{_rates(results, words)}"


def _in_short(results: Results, words: Words) -> Iterator[str]:
    """What differs by more than chance from the first policy, and that the rest does not."""
    first, *later = results.request.policies
    for place, policy in enumerate(later, 1):
        found = {outcome: results.difference(place, outcome) for outcome in OUTCOMES}
        sure = [f"{words[outcome]} {_shown(each, '+')}" for outcome, each in found.items() if each.excludes_zero]
        told = words["differs"].format(what="; ".join(sure)) if sure else words["differs_not"]
        pair = words["rather"].format(policy=policy_label(policy), first=policy_label(first))
        yield f"<li><b>{escape(pair)}</b> {escape(told)}</li>"
    if not later:
        yield f"<li>{words['alone']}</li>"


def _outcomes(results: Results, words: Words) -> str:
    rows: list[list[Cell]] = []
    for outcome in OUTCOMES:
        for place, policy in enumerate(results.request.policies):
            difference: Cell = results.difference(place, outcome) if place else NONE
            name = "" if place else words[outcome]
            rows.append([name, policy_label(policy), _shown(results.interval(place, outcome)), difference])
    return _table([words[each] for each in ("outcome", "policy", "mean", "difference")], rows, figures=(2, 3))


def _distances(results: Results, words: Words) -> str:
    """Every outcome by distance of the centre, under the first policy and as the others differ from it."""
    groups = sorted(
        {name.partition("/")[2] for name in results.names if f"/{DISTANCE}=" in name},
        key=lambda group: int(group.partition("=")[2].split("-")[0].rstrip("+")),
    )
    rows: list[list[Cell]] = []
    for outcome in OUTCOMES:
        for number, group in enumerate(groups):
            name = f"{outcome}/{group}"
            others: list[Cell] = [results.difference(place, name) for place in range(1, len(results.request.policies))]
            said = "" if number else words[outcome]
            rows.append([said, group_label(group, words), _shown(results.interval(0, name)), *others])
    labels = [policy_label(policy) for policy in results.request.policies]
    others_named = [words["difference_of"].format(policy=each) for each in labels[1:]]
    return _table([words["outcome"], words["distance_of"], labels[0], *others_named], rows, figures=(2,))


def _sensitivity(results: Results, tried: Sequence[Tried], place: int, words: Words) -> str:
    """How a policy differs from the first under other rates, and under how many of them as it does as assumed."""
    rows: list[list[Cell]] = [[words["as_assumed"], "", *(results.difference(place, each) for each in OUTCOMES)]]
    for each in tried:
        found = [each.results.difference(place, outcome) for outcome in OUTCOMES]
        rows.append([words["rates"][each.group], each.percent.replace(" ", NARROW), *found])
    rows.append([words["same_sign"], "", *(_held(results, tried, place, outcome) for outcome in OUTCOMES)])
    return _table([words["rate"], "", *(words[outcome] for outcome in OUTCOMES)], rows, figures=range(1, 8))


def _held(results: Results, tried: Sequence[Tried], place: int, outcome: str) -> str:
    """Under how many of the other rates a difference keeps its sign, where it surely has one."""
    assumed = results.difference(place, outcome)
    if not assumed.excludes_zero:
        return NONE
    others = [each.results.difference(place, outcome).mean or 0.0 for each in tried]
    return f"{sum(mean * (assumed.mean or 0.0) > 0 for mean in others)} / {len(tried)}"


def _tried_in(tried: Sequence[Tried]) -> int:
    return tried[0].results.request.replicates


def _calibration(calibration: Sequence[Calibrated], words: Words) -> str:
    verdict = {True: words["within"], False: words["outside"], None: NONE}
    rows: list[list[Cell]] = [
        [
            words.get("figures", {}).get(each.figure, each.figure.replace("_", " ")),
            words[each.role],
            f"{each.published:g}",
            _shown(each.simulated),
            verdict[each.within],
            each.source,
        ]
        for each in calibration
    ]
    names = [words[each] for each in ("figure", "role", "published", "simulated", "verdict", "source")]
    return _table(names, rows, figures=(2, 3))


def _rates(results: Results, words: Words) -> str:
    rows = [[name, _value(said["value"]), str(said["source"])] for name, said in results.request.rates.entries.items()]
    return _table([words[each] for each in ("rate", "value", "source")], rows, figures=(1,))


def _value(value: object) -> str:
    return ", ".join(f"{age}: {share}" for age, share in value) if isinstance(value, list) else str(value)


def _table(names: Sequence[str], rows: Sequence[Sequence[Cell]], figures: Collection[int] = ()) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = ("".join(_cell(each, place in figures) for place, each in enumerate(row)) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: Cell, is_figure: bool) -> str:
    if isinstance(cell, Interval):
        mean, _, bounds = escape(_shown(cell, "+")).partition(" ")
        text = f"{mean} <span>{bounds}</span>"
        return f'<td class="n">{f"<b>{text}</b>" if cell.excludes_zero else text}</td>'
    return f'<td class="n">{escape(cell)}</td>' if is_figure else f"<td>{escape(cell)}</td>"


def _shown(interval: Interval, sign: str = "") -> str:
    if interval.mean is None:
        return NONE
    mean = f"{_plain(interval.mean):{sign}.2f}"
    if interval.low is None or interval.high is None:
        return mean
    return f"{mean} [{_plain(interval.low):.2f}; {_plain(interval.high):.2f}]"


def _plain(value: float) -> float:
    """Rounded as it is shown; zero has no sign."""
    return round(value, 2) + 0.0
