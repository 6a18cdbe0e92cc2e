"""The sections on the candidate: the data, the calculation step by step, the points over time, the events."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from replay.reports.dossier.blocks import Block, Drawing, Formula, Heading, Listing, Table, Text
from replay.reports.dossier.calcium import calcium
from replay.reports.dossier.chart import chart, days_shown
from replay.reports.dossier.ranking import summary_facts
from replay.reports.words import Words

OF_AGE = 18
"""Completed years from which a girl or a boy is called a woman or a man."""
Document = Mapping[str, Any]
Refs = Mapping[str, str]

DAYS = "days"
STAGES = (("3.2", "stage_icar"), ("3.3", "stage_ccb"), ("3.4", "stage_ccp"), ("3.5", "stage_snagc"))


def candidate(document: Document, w: Words, refs: Refs) -> list[Block]:
    """What is known of the candidate at the offer, and each value the calculation takes, with its event."""
    alerts = document["explanation"]["alerts"]
    about_alerts: list[Block] = [Text(w("candidate", "no_alerts"))]
    if alerts:
        about_alerts = [Text(w("candidate", "alerts_intro")), Listing([_alert(alert, w) for alert in alerts])]
    return [
        summary_facts(_person_rows(document["candidate"], w)),
        Heading(w("candidate", "variables")),
        Text(w("candidate", "variables_intro", letter=refs["events"])),
        Table(
            w.all("candidate", "variables_columns"),
            [_variable(given, w) for given in _variables(document)],
            "lllllr",
            (3.2, 4.6, 3, 4.4, 3.4, 1.2),
            small=True,
        ),
        Heading(w("candidate", "alerts")),
        *about_alerts,
        *calcium(document["candidate"]["coronary_calcium"], w),
    ]


def _person_rows(who: Mapping[str, Any], w: Words) -> list[tuple[str, str]]:
    age = w("cover", "years", n=who["age"])
    size = w("candidate", "size_value", height=w.number(who["height_cm"]), weight=w.number(who["weight_kg"]))
    return [
        (w("candidate", "id"), who["id"]),
        (w("candidate", "sex"), sex_said(who, w)),
        (w("candidate", "born"), w("candidate", "born_value", age=age, year=who["birth_year"])),
        (w("candidate", "blood_group"), who["blood_group"]),
        (w("candidate", "abo_matching"), w("candidate", who["abo_matching"])),
        (w("candidate", "size"), size),
        (w("candidate", "diseases"), "; ".join(f"{each['code']} {each['label']}" for each in who["diseases"])),
        (w("candidate", "centre"), who["centre"]),
        (w("candidate", "team"), who["team"] or ""),
        (w("candidate", "registered"), w.moment(who["registered"])),
        (w("candidate", "limits"), limits_said(who["donor_limits"], w)),
        (
            w("candidate", "treatments"),
            "\n".join(_treatment(each, w) for each in who["treatments"]) or w("page", "none"),
        ),
    ]


def sex_said(who: Mapping[str, Any], w: Words) -> str:
    """Woman, man, girl or boy, by sex and completed years."""
    is_of_age = who["age"] >= OF_AGE
    if who["sex"] == "F":
        return w("cover", "woman" if is_of_age else "girl")
    return w("cover", "man" if is_of_age else "boy")


def person_said(who: Mapping[str, Any], w: Words) -> str:
    """A candidate or a donor in one line: sex, age, blood group, height and weight."""
    return w(
        "cover",
        "person",
        id=who["id"],
        sex=sex_said(who, w),
        age=w("cover", "years", n=who["age"]),
        group=who["blood_group"],
        height=w.number(who["height_cm"]),
        weight=w.number(who["weight_kg"]),
    )


def limits_said(limits: Mapping[str, Any], w: Words) -> str:
    """What a team filters donors by; none where it does not."""
    said = [
        w("candidate", f"limit_{name}", n=high, low=w.number(low), high=w.number(high))
        for name, (low, high) in sorted(limits.items())
    ]
    return ", ".join(said) or w("page", "none")


def _treatment(running: Mapping[str, Any], w: Words) -> str:
    extra = w("candidate", "complicated") if running["complicated"] else ""
    if running["device"]:
        extra += w("candidate", "device", device=running["device"])
    return w(
        "candidate",
        "treatment_value",
        treatment=w("treatments", running["treatment"]),
        since=w.moment(running["since"]),
        position=running["event"]["position"],
        extra=extra,
    )


def _alert(alert: Mapping[str, Any], w: Words) -> str:
    numbers = ", ".join(map(str, alert["positions"]))
    positions = w("candidate", "positions", positions=numbers) if numbers else ""
    return w("candidate", "alert", message=w("alerts", alert["code"]), positions=positions)


def _variables(document: Document) -> list[Mapping[str, Any]]:
    """Each variable of the guide that the chain takes, once, in the order of the words file."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for step in document["explanation"]["steps"]:
        for given in step["inputs"]:
            if "event" in given or not given["source"].startswith(("V6", "reading")):
                found.setdefault((given["symbol"], given["value"]), given)
    return list(found.values())


def _variable(given: Mapping[str, Any], w: Words) -> list[str]:
    row = [given["symbol"], w.named("variables", given["symbol"]), value_said(given, w)]
    if "event" not in given:
        default = given["symbol"] == "TTLGP"
        return [*row, w("candidate", "matrix_default" if default else "no_event"), "", ""]
    kind = w("types", given["type"])
    if given.get("corrected_at"):
        positions = ", ".join(map(str, given["corrected_at"]))
        kind = w("candidate", "corrected", type=kind, positions=positions)
    return [*row, kind, w.stamp(given["time"]), str(given["event"]["position"])]


def value_said(given: Mapping[str, Any], w: Words) -> str:
    """A value with its unit; true and false, present and absent as words of the guide.

    A result also as it was sent; not so the days since it was sampled, which come from the same event.
    """
    value = w.formula(given["value"].strip("'"))
    if given["unit"] and given["value"] != "NULL":
        value = f"{value} {w.unit(given['unit'])}".strip()
    is_result = given.get("sent") and given["unit"] != DAYS
    return w("candidate", "sent", value=value, sent=w.number(given["sent"])) if is_result else value


# ------------------------------------------------------------------------------------------------ the chain


def chain(document: Document, w: Words, refs: Refs) -> list[Block]:
    """Every step from event to score, in the guide's order."""
    explanation = document["explanation"]
    blocks: list[Block] = [Text(w("chain", "intro", letter=refs["events"]))]
    for prefix, title in STAGES:
        blocks.append(Heading(w("chain", title)))
        if prefix == "3.2" and explanation["score"]["icar"] is None:
            blocks.append(Text(w("chain", "minor")))
        blocks += [_formula(step, w) for step in explanation["steps"] if step["annex"].startswith(prefix)]
    return blocks


def formula_lines(step: Mapping[str, Any], w: Words) -> list[str]:
    """The formula in symbols, with its values, and what it comes to; the same is not said twice."""
    value = step["value"]
    lines = [step["formula"]]
    lines += [step["figures"]] if step["figures"] not in (step["formula"], value) else []
    lines = [w.formula(line) for line in lines]
    result = f"{w.formula(value)} {w.unit(step['unit'])}".strip()
    return [*lines, result] if step["formula"] != value else [result]


def symbol_said(symbol: str, w: Words) -> str:
    """What a symbol of the guide stands for; itself where there is no word for it."""
    return w.named("symbols", symbol if symbol in w.symbols else symbol.partition("(")[0].strip())


def _formula(step: Mapping[str, Any], w: Words) -> Formula:
    sources = ", ".join(
        f"{given['symbol']} = {value_said(given, w)} [{given['event']['position']}]"
        for given in step["inputs"]
        if "event" in given
    )
    return Formula(
        annex=w("chain", "annex", annex=step["annex"]),
        symbol=step["symbol"],
        title=symbol_said(step["symbol"], w),
        lines=formula_lines(step, w),
        reasons=[reason_said(note, w) for note in step["because"]],
        sources=sources,
        words=(w("page", "because"), w("page", "from")),
    )


def reason_said(note: str, w: Words) -> str:
    """A condition of the guide and whether it held."""
    condition, _, verdict = note.rpartition(": ")
    return w("chain", "reason", condition=w.formula(condition), verdict=w("page", verdict))


# ------------------------------------------------------------------------------------- the points over time


def course(document: Document, w: Words, refs: Refs) -> list[Block]:
    """The chart, and what its flags stand for."""
    then, since = document["course"]["then"], document["course"]["now"]
    marks = list(_by_day(then["marks"]))
    blocks: list[Block] = [
        Text(w("course", "intro", days=then["days"])),
        Text(w("course", "now" if since else "same")),
        *([Text(w("course", "shortened"), "note")] if days_shown(then) < then["days"] else []),
        Drawing(chart(then, since, _one_a_day(marks), w), _alt(document, w)),
    ]
    if not marks:
        return [*blocks, Text(w("course", "no_marks"))]
    rows = [_mark_row(number, mark, then["points"], w) for number, mark in marks]
    table = Table(w.all("course", "columns"), rows, "llllr", (1.1, 3, 6, 2.4, 1.5), small=True)
    return [*blocks, table, Text(w("course", "marks_note"), "note")]


def _by_day(marks: list[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Marks numbered: those of one day share a number, since they share a flag."""
    number, day = 0, ""
    for mark in marks:
        if mark["at"][:10] != day:
            number, day = number + 1, mark["at"][:10]
        yield number, mark


def _one_a_day(marks: list[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, Mapping[str, Any]]]:
    first: dict[int, Mapping[str, Any]] = {}
    for number, mark in marks:
        first.setdefault(number, mark)
    return list(first.items())


def _mark_row(number: int, mark: Mapping[str, Any], points: list[Mapping[str, Any]], w: Words) -> list[str]:
    given: dict[str, Any] = {name: mark[name] for name in ("from", "to") if name in mark}
    if "treatment" in mark:
        given["treatment"] = w("treatments", mark["treatment"])
    if "component" in mark:
        given["component"] = w.named("components", mark["component"])
    if "variable" in mark:
        given["variable"] = w("lab_variables", mark["variable"])
    after = next((point["ccb"] for point in points if point["at"] > mark["at"]), points[-1]["ccb"])
    score = w.short(after) if after else w("course", "off_list")
    numbers = mark.get("positions", [mark["position"]] if "position" in mark else [])
    return [str(number), w.stamp(mark["at"]), w("marks", mark["what"], **given), score, ", ".join(map(str, numbers))]


def _alt(document: Document, w: Words) -> str:
    then, name = document["course"]["then"], document["candidate"]["id"]
    values = [point["ccb"] for point in then["points"] if point["ccb"]]
    if not values:
        return w("course", "alt_none", candidate=name, days=then["days"])
    low, high = min(values, key=float), max(values, key=float)
    shown = {"low": w.short(low), "high": w.short(high), "last": w.short(values[-1])}
    return w("course", "alt", candidate=name, days=then["days"], **shown)


# ----------------------------------------------------------------------------------------------- annexes


def figures(document: Document, w: Words, refs: Refs) -> list[Block]:
    """Every figure of the rule set in force, with unit and source."""
    rows = []
    for figure in document["rules"]["figures"]:
        value = figure["value"] if isinstance(figure["value"], str) else ", ".join(figure["value"])
        source = w.source(figure["source"])
        unit = w.unit(figure["unit"])
        rows.append([figure["name"], w.formula(value), unit, source, w.day_of(figure["attested_from"])])
    intro = Text(w("figures", "intro", ruleset=w.day_of(document["rules"]["id"])))
    return [intro, Table(w.all("figures", "columns"), rows, "lrlll", (5, 4, 4.4, 3, 2.6), small=True)]


def events(document: Document, w: Words, refs: Refs) -> list[Block]:
    """The events behind the figures of the chain."""
    rows = [_event(fact, w) for fact in document["cited"]]
    table = Table(w.all("events", "columns"), rows, "rlllll", (1, 2.6, 2.4, 2.4, 3.4, 5.4), small=True)
    return [Text(w("events", "intro")), table]


def _event(fact: Mapping[str, Any], w: Words) -> list[str]:
    kind = w("types", fact["type"])
    if fact["corrected_at"]:
        positions = ", ".join(map(str, fact["corrected_at"]))
        kind = f"{kind} ({w('events', 'corrected', positions=positions)})"
    said = ", ".join(f"{name} {_plain(value)}" for name, value in sorted(fact["data"].items()))
    where = f"{fact['source']} {fact['id']}"
    return [str(fact["position"]), kind, w.stamp(fact["time"]), w.stamp(fact["recorded"]), where, said]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
