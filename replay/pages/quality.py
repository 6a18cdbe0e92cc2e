"""Data quality by rule, and what each other reading of the guide would change."""

from collections.abc import Sequence
from typing import Any

from replay.pages.figures import Sheet
from replay.pages.jobs import part_of
from replay.pages.page import Frame
from replay.reports.words import Words


def quality_content(frame: Frame, sheet: Sheet | None) -> dict[str, Any]:
    """What the page of data quality shows: the rules that found something first, and the events of one of them."""
    if sheet is None:
        return {"sheet": None, "rules": [], "chosen": None, "part": None, "quiet": [], "named": None}
    rules = list(sheet.entries("rules"))
    found = sorted((rule for rule in rules if rule["found"]), key=lambda rule: (-rule["found"], rule["code"]))
    chosen = next((rule for rule in found if rule["code"] == frame.said.get("code")), None)
    return {
        "sheet": sheet, "rules": found, "quiet": [rule for rule in rules if not rule["found"]], "chosen": chosen,
        "named": lambda code: rule_name(frame.words, code),
        "part": None if chosen is None else part_of(list(chosen.entries("events")), frame),
    }  # fmt: skip


def sensitivity_content(frame: Frame, rows: Sequence[Sheet]) -> dict[str, Any]:
    """What the page of the readings shows: each alternative with what it alone would change, the gravest first."""
    return {"rows": rows, "asked": any(frame.said.get(name) for name in ("offer", "from", "to", "at"))}


def rule_name(words: Words, code: str) -> str:
    """A rule of plausibility, of acts or about the variables, in words."""
    name = words.named("rules_found", code)
    return words.named("alerts", code) if name == code else name
