"""An event about a candidate in a few words: what it is, and what it says."""

from collections.abc import Mapping
from typing import Any

from engine.text import visible
from replay.reports.words import Words

Fact = Mapping[str, Any]
"""A fact as ``spans_document`` tells it: ``type``, ``at``, ``event``, ``data``."""


def fact_said(fact: Fact, w: Words) -> str:
    """Kind and content in one line; texts of others stand as what they are."""
    said = _content(fact["data"], w)
    kind = w.named("types", fact["type"])
    return f"{kind}{w('drawings', 'colon')}{said}" if said else kind


def _content(data: Mapping[str, Any], w: Words) -> str:
    found = []
    if "analyte" in data:
        found.append(f"{w.named('analytes', data['analyte'])} {result_said(data, w)}")
        if data.get("context") == "pre_treatment":
            found.append(w("drawings", "pre_treatment"))
    if "treatment" in data:
        found.append(w.named("treatments", data["treatment"]))
    if "component" in data:
        found.append(w.named("components", data["component"]))
    if "points" in data:
        found.append(w("drawings", "points", n=data["points"], points=w.number(data["points"])))
    if data.get("delay_months"):
        found.append(w("drawings", "delay", n=data["delay_months"]))
    if "agatston" in data:
        found.append(w.number(data["agatston"]))
    found += [visible(str(data[name])) for name in ("device", "reason") if name in data]
    return ", ".join(found)


def result_said(result: Mapping[str, Any], w: Words) -> str:
    """A result as it was sent, bound and unit with it."""
    value = f"{result.get('comparator', '')}{w.number(result['value'])}"
    return f"{value} {w.unit(result['unit'])}"
