"""How long a graft travels: a bar for each centre, all on one scale."""

from markupsafe import Markup

from replay.pages.drawings.svg import box, picture

WIDTH, HEIGHT = 240, 12


def minutes_bar(minutes: int, longest: int, label: str) -> Markup:
    """The bar of one centre; ``longest`` minutes fill the width."""
    return picture(
        WIDTH, HEIGHT, label, [box(0, 1, WIDTH * minutes / (longest or 1), HEIGHT - 2, "minutes")], "factors"
    )
