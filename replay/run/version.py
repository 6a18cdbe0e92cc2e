"""What computes a run, by name and version."""

from functools import cache


@cache
def engine_version() -> str:
    """Name and version of what computed a run."""
    from importlib.metadata import PackageNotFoundError, version  # it brings the mail parser along: a tenth of a start

    try:
        return f"snagc {version('snagc')}"
    except PackageNotFoundError:
        return "snagc (not installed)"
