"""What the dossier says of a coronary calcium score: its class, what it means, what to beware of; never scored."""

from collections.abc import Mapping, Sequence
from typing import Any

from replay.reports.dossier.blocks import Block, Facts, Heading, Listing, Text
from replay.reports.words import Words


def calcium(told: Mapping[str, Any] | None, w: Words) -> Sequence[Block]:
    """The score of a candidate or donor with its class; nothing where none is recorded."""
    if told is None:
        return []
    when = {"at": w.moment(told["time"]), "position": told["event"]["position"]}
    score = w("calcium", "score_value", agatston=w.number(told["agatston"]), **when)
    rows = [
        (w("calcium", "score"), score),
        (w("calcium", "class"), w("calcium_classes", told["class"])),
        (w("calcium", "meaning"), w("calcium_meanings", told["class"])),
    ]
    if "method" in told:
        rows.append((w("calcium", "method"), told["method"]))
    return [
        Heading(w("calcium", "title")),
        Facts(rows),
        Listing([w("calcium_caveats", caveat["code"]) for caveat in told["caveats"]]),
        Text(w("calcium", "note"), "note"),
    ]
