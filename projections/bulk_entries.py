"""Everybody's published figures on several lists at once: what a table of ranks says of each."""

from collections.abc import Sequence

import numpy as np

from engine.quantities import exact_arithmetic, paris_microseconds, published_text
from engine.rules import libm
from engine.rules.intervals import Indices
from projections.bulk_places import Exactly, OfferedList
from projections.column_scores import Block, Laid, counters_in_columns, donors_in_columns, exactly
from projections.columns import Table, clock_float
from projections.score import Score
from projections.standing import raw_fields

Fields = dict[str, object]
"""What an entry of a run says of its candidate, and ``reasons`` (none where it is ranked)."""


def entries_stacked(stack: Sequence[OfferedList], exactly_of: Exactly) -> list[dict[str, Fields]]:
    """By list and id the fields of everybody; whoever the columns are unsure of is asked of the exact arithmetic."""
    sizes = [len(each.present.ids) for each in stack]
    block = _block(stack, np.repeat(np.arange(len(stack)), sizes)) if sum(sizes) else None
    found: list[dict[str, Fields]] = []
    first = 0
    for listed, size in zip(stack, sizes, strict=True):
        minutes = listed.minutes.tolist()
        entries: dict[str, Fields] = {}
        for place, name in enumerate(listed.present.ids):
            row = first + place
            if block is not None and block.rows_sure[row] and libm.trusted():
                fields = _of_row(block, row)
            else:
                fields = _of_score(exactly_of(listed, name))
            entries[name] = {"candidate": name, "travel_minutes": int(minutes[place]), **fields}
        found.append(entries)
        first += size
    return found


def _block(stack: Sequence[OfferedList], lists: Indices) -> Block:
    p, r = stack[0].p, stack[0].r
    columns = np.concatenate([each.present.columns for each in stack], axis=1)
    clock = np.array([clock_float(paris_microseconds(each.at)) for each in stack])[lists]
    minutes = exactly(np.concatenate([each.minutes for each in stack]))
    since = [each.icar_since for each in stack if each.icar_since is not None]
    with exact_arithmetic(), np.errstate(all="ignore"):
        donor, limited = donors_in_columns([each.donor for each in stack], lists)
        counter = counters_in_columns([each.counter for each in stack], lists)
        known_since = [exactly(np.concatenate(since))] if since else []
        laid = Laid(Table(columns, clock, p, r), [], counter, donor, limited, minutes, known_since)
        return Block(lists.size, laid, p, r)


def _of_row(block: Block, row: int) -> Fields:
    figures = {name: published_text(column[row]) for name, column in block.figures.items()}
    return {**raw_fields(*block.raw(row)), **figures, "reasons": block.reasons(row)}


def _of_score(score: Score) -> Fields:
    figures = {name: published_text(figure) for name, figure in score.figures.items()}
    return {**score.standing.raw_fields(), **figures, "reasons": score.reasons}
