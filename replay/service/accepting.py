"""What a request takes for an answer, as its header ``Accept`` has it (RFC 9110, 12.5.1)."""

import re

_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def is_preferred(media: str, usual: str, accept: str) -> bool:
    """Whether a media type is named, and not less liked than the usual one; a range such as ``*/*`` names none."""
    weights = dict(_weighed(each) for each in accept.split(","))
    return weights.get(media, 0.0) > 0 and weights[media] >= weights.get(usual, 0.0)


def _weighed(said: str) -> tuple[str, float]:
    """A media type and its weight; of one that is none, nothing."""
    name, *parameters = (part.strip(" \t") for part in said.lower().split(";"))
    for each in parameters:
        if each.startswith("q="):
            return name, float(each[2:]) if _WEIGHT.fullmatch(each[2:]) else 0.0
    return name, 1.0
