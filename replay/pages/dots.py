"""Ids that a path cannot hold as they are: ``.`` and ``..``.

Browsers and many programs take them, percent-encoded or not, for steps within the path. In a path they are written with
a ``~`` before them, which no id has.
"""

from types import MappingProxyType

WRITTEN = MappingProxyType({".": "~.", "..": "~.."})
READ = MappingProxyType({written: name for name, written in WRITTEN.items()})


def in_path(path: str) -> str:
    """A path whose parts all stay where they are."""
    return "/".join(WRITTEN.get(part, part) for part in path.split("/"))


def of_path(part: str) -> str:
    """What a part of a path names."""
    return READ.get(part, part)
