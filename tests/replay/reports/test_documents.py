"""A document whose list is told item by item: the bytes of one that was made at once."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replay.reports.documents import document_bytes, list_parts

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "é", "\n", "]"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["from", "to", "known_at"]), VALUES), st.lists(VALUES, max_size=4))
def test_a_list_told_item_by_item_makes_the_same_bytes(head: dict[str, Any], items: list[Any]) -> None:
    assert b"".join(list_parts(head, "offers", iter(items))) == document_bytes({**head, "offers": items})


def test_an_item_is_asked_for_when_the_one_before_was_told() -> None:
    asked: list[int] = []

    def items() -> Iterator[int]:
        for number in range(3):
            asked.append(number)
            yield number

    parts = list_parts({}, "offers", items())
    assert [(next(parts), len(asked)) for _ in range(3)] == [
        (b'{\n  "offers": [', 0), (b"\n    0", 1), (b",\n    1", 2)
    ]  # fmt: skip
