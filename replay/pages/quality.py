"""Data quality by rule and centre."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.jobs import part_of
from replay.pages.page import Frame
from replay.reports.words import Words


def quality_content(frame: Frame, sheet: Sheet | None, centres: Mapping[str, Sheet]) -> dict[str, Any]:
    """What the page of data quality shows: the rules that found something first, the same at each of several centres,
    and the events of one rule, in all or at one centre.
    """
    if sheet is None:
        return {"sheet": None, "rules": [], "centres": {}, "chosen": None, "at": None, "part": None, "quiet": []}
    whole, said = _by_code(sheet), frame.said
    of_centres = {centre: _by_code(each) for centre, each in centres.items()} if len(centres) > 1 else {}
    found = sorted((rule for rule in whole.values() if rule["found"]), key=lambda rule: (-rule["found"], rule["code"]))
    at = said["within"] if said.get("within") in of_centres else None
    chosen = (whole if at is None else of_centres[at]).get(said.get("code", ""))
    return {
        "sheet": sheet, "rules": found, "centres": of_centres, "chosen": chosen, "at": at,
        "quiet": [rule for rule in whole.values() if not rule["found"]],
        "cells": lambda rule: [(None, rule), *((name, rules[rule["code"]]) for name, rules in of_centres.items())],
        "named": lambda code: rule_name(frame.words, code),
        "percent": lambda share: percent(frame.words, share),
        "part": None if chosen is None else part_of(list(chosen.entries("events")), frame),
    }  # fmt: skip


def percent(words: Words, share: str) -> str:
    """A share in percent, to a tenth; what is less than that, and something, says so."""
    exact, least = Decimal(share) * 100, Decimal("0.1")
    key = "less_than_percent" if 0 < exact < least else "percent"
    return words("audits", key, share=words.number(f"{max(exact.quantize(least), least) if exact else 0}"))


def _by_code(sheet: Sheet) -> dict[str, Sheet]:
    return {rule["code"]: rule for rule in sheet.entries("rules")}


def rule_name(words: Words, code: str) -> str:
    """A rule of plausibility, of acts or about the variables, in words."""
    name = words.named("rules_found", code)
    return words.named("alerts", code) if name == code else name
