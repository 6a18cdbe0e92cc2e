"""What the commands write onto this room's page, each between marks of its own."""

from pathlib import Path

ROOM = Path(__file__).parent


def put(name: str, text: str, room: Path = ROOM) -> None:
    """Put a table in the place of the last one of its name."""
    page, (begin, end) = room / "README.md", marks(name)
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}```text\n{text}\n```\n{end}{after}", encoding="utf-8")


def marks(name: str) -> tuple[str, str]:
    """What stands before and behind a table."""
    return f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
