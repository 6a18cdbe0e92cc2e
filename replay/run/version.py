"""What computes a run, by name and version."""

from importlib.metadata import PackageNotFoundError, version


def engine_version() -> str:
    """Name and version of what computed a run."""
    try:
        return f"snagc {version('snagc')}"
    except PackageNotFoundError:
        return "snagc (not installed)"
