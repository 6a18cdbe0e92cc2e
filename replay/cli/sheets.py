"""snagc import-sheet: under way."""


def import_sheet() -> None:
    """Under way."""
