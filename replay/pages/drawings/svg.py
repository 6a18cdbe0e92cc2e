"""Elements of a picture: whatever is put in stands as text, coordinates have two decimals, colours are classes."""

from collections.abc import Iterable, Sequence
from functools import cache

from markupsafe import Markup, escape

Value = str | int | float


def element(name: str, children: Iterable[str] = (), /, **attributes: Value | None) -> Markup:
    """An element; ``stroke_width`` is the attribute ``stroke-width``, ``class_`` is ``class``, None leaves it out."""
    said = "".join([
        f' {_attribute(key)}="{escape(_written(value))}"' for key, value in attributes.items() if value is not None
    ])  # fmt: skip
    inner = "".join(map(escape, children))
    return Markup(f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>")  # noqa: S704 - escaped above


def picture(
    width: int, height: int, label: str, children: Iterable[str], class_: str, *, opens: bool = False
) -> Markup:
    """A whole picture that says in words what it shows; ``opens``: something in it can be opened."""
    return element(
        "svg", [element("title", [label]), *children], xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}", width=width, height=height, class_=f"drawing {class_}",
        role="group" if opens else "img", aria_label=label,
    )  # fmt: skip


def text(x: float, y: float, said: str, class_: str = "", anchor: str | None = None) -> Markup:
    """Words at a place: ``anchor`` is start, middle or end."""
    return element("text", [said], x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, said: str | None = None) -> Markup:
    """A rectangle; ``said`` is what a pointer resting on it is told."""
    inner = [] if said is None else [element("title", [said])]
    return element("rect", inner, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A broken line through points."""
    return element("polyline", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in points), class_=class_)


def link(address: str, said: str, children: Iterable[str]) -> Markup:
    """What leads somewhere when it is opened, and says where; where it leads nowhere, what says the same."""
    inner = [element("title", [said]), *children]
    if not address:
        return element("g", inner, role="img", aria_label=said, class_="mark")
    return element("a", inner, href=address, aria_label=said, class_="mark")


@cache
def _attribute(key: str) -> str:
    """The name of an attribute; no more keys are ever written than this room's code has."""
    return key.rstrip("_").replace("_", "-")


def _written(value: Value) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
