"""Which charts a report has."""

from collections.abc import Iterator, Sequence

from replay.simulation.many import Results
from replay.simulation.outcomes import KINDS, OUTCOMES
from replay.simulation.report.charts import Rows, curves, forest
from replay.simulation.report.incidence import CURVES, LAST_DAY, STEP
from replay.simulation.report.labels import Words, group_label, policy_label
from replay.simulation.report.seen import DISTANCE, Seen


def pictures(results: Results, seen: Seen, words: Words) -> Iterator[tuple[str, str]]:
    """Each chart with its name, as SVG."""
    days = list(range(0, min(LAST_DAY, results.request.years * 365) + 1, STEP))
    names = [policy_label(policy) for policy in results.request.policies]
    cohorts = list(zip(names, seen.cohorts, strict=True))
    first = {
        words[curve]: [(name, of.incidence(event, days)) for name, of in cohorts] for curve, event in CURVES.items()
    }
    yield "incidence", curves(words["incidence"], days, first, words["days_since"])
    alive = {words["alive"]: [(name, of.survival(days)) for name, of in cohorts]}
    yield "survival", curves(words["survival"], days, alive, words["days_since"])
    by_distance = seen.by_distance()
    for place, name in enumerate(names[1:], 1):
        for outcome in OUTCOMES:
            title = f"{words[outcome]}: {name} − {names[0]}"
            rows = [(words["all"], results.difference(place, outcome))]
            for kind in (each for each in KINDS if each != "centre"):
                rows += _of_kind(results, place, outcome, kind, words)
            rows += _of_kind(by_distance, place, outcome, DISTANCE, words)
            yield f"difference-{place + 1}-{outcome}", forest(title, rows)
            centres = sorted(_of_kind(results, place, outcome, "centre", words))
            yield f"centres-{place + 1}-{outcome}", forest(title, centres)


def _of_kind(results: Results, place: int, outcome: str, kind: str, words: Words) -> Rows:
    prefix = f"{outcome}/{kind}="
    groups: Sequence[str] = [name for name in results.names if name.startswith(prefix)]
    return [(group_label(name.partition("/")[2], words), results.difference(place, name)) for name in groups]
