"""How foreign text is shown: what acts, hides, turns round or covers is shown by its number, all else as it stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import (
    END_OF_ISOLATE,
    ISOLATE,
    MOST_MARKS,
    counted,
    each_text,
    isolated,
    json_shown,
    never_shown,
    stand_in,
    visible,
)

PLAIN = (
    "plain [bold]text[/bold] :smile: \\x1b {7*7}",
    "Œdème, ça ira — naïveté « élevée » 37,5 °C",
    "Ωμέγα ἄνθρωπος",
    "Заболевание № 5",
    "יצחק נפטר",
    "مريض القلب",
    "心臓移植",
    "심장 이식",
    "हृदय प्रत्यारोपण",
    "🚗 🫀 €",
    "a\u0301 e\u0302\u0323 ᾧ Tiếng Việt",
    "non-breaking\u00a0and narrow\u202fspaces",
)
NEVER = {
    "C0": "\x00\x01\x07\x08\t\n\x0b\x0c\r\x1b\x1f",
    "DEL and C1": "\x7f\x80\x84\x85\x8d\x90\x9b\x9c\x9d\x9f",
    "bidi": "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "zero width": "\u200b\u200c\u200d\u2060\u2061\u2064\ufeff\u00ad\u034f\u180e",
    "separators": "\u2028\u2029",
    "tags": "\U000e0001\U000e0020\U000e0041\U000e007f",
    "variations": "\ufe00\ufe0f\U000e0100\U000e01ef\u180b",
    "private use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "noncharacters": "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0008ffff\U0010ffff",
    "surrogates": "\ud800\udbff\udc80\udfff",
    "fillers": "\u115f\u1160\u17b4\u3164\uffa0\u206a\u206f\ufff9\ufffb",
    "formats of scripts": "\u0600\u06dd\u070f\u08e2\U000110bd\U00013430\U0001bca0\U0001d173",
}


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_write_stands_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("kind", NEVER)
def test_what_acts_or_hides_is_shown_by_its_number_and_its_neighbours_stand(kind: str) -> None:
    for char in NEVER[kind]:
        assert never_shown(char)
        assert visible(f"a{char}b") == f"a[U+{ord(char):04X}]b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "[U+001B][31mred"),
        ("\x1b]0;title\x07", "[U+001B]]0;title[U+0007]"),
        ("\x9b2J", "[U+009B]2J"),
        ("ranked\nsnagc: whole", "ranked[U+000A]snagc: whole"),
        ("abc\u202e321", "abc[U+202E]321"),
        ("\U0001f468\u200d\U0001f4bb", "\U0001f468[U+200D]\U0001f4bb"),
        ("\u2764\ufe0f", "\u2764[U+FE0F]"),
        ("half \ud83d", "half [U+D83D]"),
        ("\u0301a", "[U+0301]a"),
        ("\x00\u0301", "[U+0000][U+0301]"),
        ("\U000e0041", "[U+E0041]"),
    ],
)
def test_a_stand_in_is_the_number_of_its_character(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("mark", ["\u0300", "\u0335", "\u20dd", "\u0489", "\u05b0", "\u064b", "\u0e31", "\u0f71"])
def test_a_pile_of_accents_ends_at_the_third(mark: str) -> None:
    assert visible("Z" + mark * MOST_MARKS) == "Z" + mark * MOST_MARKS
    assert visible("Z" + mark * 120) == "Z" + mark * MOST_MARKS + stand_in(mark) * (120 - MOST_MARKS)


@given(st.text(st.characters()))
def test_whatever_the_text_nothing_in_it_acts_and_shown_again_it_is_the_same(text: str) -> None:
    shown = visible(text)
    assert not any(map(never_shown, shown))
    shown.encode()
    assert visible(shown) == shown


@given(st.text(st.characters()))
def test_what_a_surface_cannot_print_is_shown_by_its_number(text: str) -> None:
    assert visible(text, fits=lambda char: False).isascii()


@given(st.recursive(st.text(st.characters(exclude_categories=["Cs"])), st.lists, max_leaves=5))
def test_a_json_text_says_the_same_when_shown(document: object) -> None:
    shown = json_shown(json.dumps(document, ensure_ascii=False))
    assert json.loads(shown) == document
    assert not any(map(never_shown, shown))


@pytest.mark.parametrize("text", ["יצחק (12)", "مريض 3", "x\u07c0", "\U0001e900", "\ufb2a", "\ufef5"])
def test_letters_from_right_to_left_are_isolated_and_others_are_not(text: str) -> None:
    assert isolated(text) == f"{ISOLATE}{text}{END_OF_ISOLATE}"
    assert isolated("from left to right (12)") == "from left to right (12)"


def test_every_text_of_a_document_is_shown_and_what_is_no_text_stays() -> None:
    document = {"a": ["x\x1b", {"b": "\u202e"}], "c": 7, "d": None, "e": True, "f": ("g\n", 1)}
    shown = {"a": ["x[U+001B]", {"b": "[U+202E]"}], "c": 7, "d": None, "e": True, "f": ["g[U+000A]", 1]}
    assert each_text(document, visible) == shown


def test_so_many_of_a_thing_is_said_in_the_number_it_has() -> None:
    assert [counted(number, "offer") for number in (0, 1, 2)] == ["0 offers", "1 offer", "2 offers"]
    assert [counted(number, "entry", "entries") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
