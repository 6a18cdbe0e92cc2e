"""Did you mean: what to write instead of a value that is nearly right. One table by field, one folding of spelling.

Nothing here is read as the value it comes near to: a refusal stays one, it only says what to write. A remedy ends
a message (``… : write umol/L``).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache

from engine.events import vocabulary as v
from engine.events.canonical import NumberText
from engine.events.catalogue import EVENT_CLASSES
from engine.events.correction import Replacements
from engine.events.envelope import STORED_ATTRIBUTES
from engine.events.reference import OfferCounterInitialisedData
from engine.intake.near_numbers import near_date, near_finess, near_height, near_number, near_time
from engine.intake.near_words import SENTENCES, SYNONYMS

_LONGEST = 80


def near_miss(field: str, value: object, beside: object = None) -> str | None:
    """What to write in a field instead of a refused value (``write …``), or None where nothing comes near.

    ``field`` is the last name of the path; ``type`` an event type, ``field`` and ``attribute`` an unknown name.
    ``beside`` is what the field was given with: no unit is named that the analyte there would be refused with.
    """
    remedy = _near_miss(field, value)
    if remedy is None or field != "unit" or not isinstance(beside, Mapping) or beside.get("analyte") not in v.ANALYTES:
        return remedy
    analyte = beside["analyte"]
    units = tuple(v.SI_FACTORS[analyte])
    return remedy if any(unit in remedy for unit in units) else f"{analyte} takes {' or '.join(units)}"


def _near_miss(field: str, value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text, folded = str(value), fold(value)
    if sentence := SENTENCES.get(field, {}).get(folded):
        return sentence
    if field == "type":
        return _near_type(text)
    if shape := _SHAPES.get(field):
        return shape(text)
    code = _spellings(field).get(folded)
    if code is None or code == text:
        return f'write "{code}"' if code and isinstance(value, NumberText) else None
    return f"write {code}"


def fold(text: str) -> str:
    """Text without what people spell differently: case, accents, spaces, hyphens, points, look-alike letters."""
    plain = unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES)).casefold()
    return "".join(
        each for each in plain if not unicodedata.combining(each) and each not in " _-.\u00ad\u200b\u2010\u2011"
    )


_LOOK_ALIKES = str.maketrans("\u00b5\u03bc\u0410\u0391\u0412\u0392\u041e\u039f\u041c\u039c\u2265\u2264", "uuAABBOOMM><")
"""Micro sign and Greek mu; Cyrillic and Greek capitals that look like A, B, O, M."""


def _near_type(text: str) -> str | None:
    kinds = {fold(name[6:].rpartition(".")[0]): name for name in EVENT_CLASSES}
    bare = re.sub(r"(?i)[._-]?v?\d+(\.\d+)*\s*$", "", re.sub(r"(?i)^\s*([a-z]+\.)*snagc[._:/-]", "", text))
    if name := kinds.get(fold(bare)):
        return f"write {name}"
    close = get_close_matches(fold(bare), kinds, n=1, cutoff=0.8)
    return f"did you mean {kinds[close[0]]}?" if close else None


@cache
def _spellings(field: str) -> Mapping[str, str]:
    """Every folded spelling of a field's codes, and what it stands for."""
    found = {fold(synonym): code for code, words in SYNONYMS.get(field, {}).items() for synonym in words}
    found |= {fold(code): code for code in _CODES.get(field, ())}
    return found


_CODES: Mapping[str, tuple[str, ...]] = {
    "abo_matching": v.ABO_MATCHING,
    "analyte": v.ANALYTES,
    "attribute": (*STORED_ATTRIBUTES, "datacontenttype"),
    "blood_group": v.BLOOD_GROUPS,
    "comparator": v.COMPARATORS,
    "component": v.COMPONENTS,
    "context": v.LAB_CONTEXTS,
    "diseases": tuple(v.DISEASES),
    "field": (*Replacements.model_fields, *OfferCounterInitialisedData.model_fields, "donor"),
    "outcome": v.OUTCOMES,
    "reason_code": v.DELISTING_REASONS,
    "sex": v.SEXES,
    "situation": v.SITUATIONS,
    "specversion": ("1.0",),
    "treatment": v.TREATMENTS,
    "treatments": v.TREATMENTS,
    "unit": v.UNITS,
}

_SHAPES: Mapping[str, Callable[[str], str | None]] = {
    "birth_date": near_date,
    "time": near_time,
    "recordedtime": near_time,
    "centre": near_finess,
    "procurement_site": near_finess,
    "rows": lambda text: near_finess(text) if len(text) > 6 else near_number(text),
    "height_cm": lambda text: near_height(text) or near_number(text),
    **dict.fromkeys(
        ("value", "weight_kg", "points", "age", "agatston", "delay_months", "count", "counter", "rank", "snagc",
         "log_size", "default_minutes"),
        near_number,
    ),
}  # fmt: skip
