"""Words of a laboratory as the log keeps them: short, printable, as sent."""

LONGEST_ORIGIN = 120


def origin_of(code: str, text: str) -> str | None:
    """Code and text of a result as the laboratory sent them; None where there is neither."""
    words = " ".join(part for part in (code.strip(), text.strip()) if part)
    kept = "".join(char for char in words if char.isprintable())[:LONGEST_ORIGIN].strip()
    return kept or None
