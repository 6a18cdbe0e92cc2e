"""Each page is what the program does: its commands print what it shows, its references are those of the code."""

import re
from pathlib import Path

import pytest

from tests.documents.pages import ROOT, agrees, name_of, pages, parts, places, printed, renewed, shown
from tests.documents.references import REFERENCES, commands, options_of
from tests.documents.whole_files import WHOLE_FILES

PAGES = pages()
ROOMS = ("engine/events", "engine/rules", "engine/log", "projections", "replay", "tests")
NEWCOMER_LINES = 220


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=name_of(page), marks=[] if page == PAGES[0] else [pytest.mark.long_only])
        for page in PAGES
        if shown(page.read_text(encoding="utf-8"))
    ],
)
def test_every_command_of_a_page_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """The front page's by default; those of the rooms take many seconds, so ``.ci/run`` asks for them besides."""
    commands = shown(page.read_text(encoding="utf-8"))
    answers = printed([each.command for each in commands], tmp_path)
    for each, answer in zip(commands, answers, strict=True):
        assert agrees(each.output, answer), f"$ {each.command}\n{answer}\n-- but {name_of(page)} says:\n{each.output}"


@pytest.mark.parametrize("page", [page for page in PAGES if parts(page.read_text(encoding="utf-8"))], ids=name_of)
def test_what_a_page_lists_is_what_the_code_has(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text, REFERENCES) == text, "run: python -m tests.documents"


@pytest.mark.parametrize("file", WHOLE_FILES, ids=name_of)
def test_a_file_that_is_made_from_the_code_is_what_the_code_makes(file: Path) -> None:
    assert file.read_bytes() == WHOLE_FILES[file](), "run: python -m tests.documents"


def test_an_option_that_a_command_leaves_to_the_table_of_all_says_the_same_there() -> None:
    told = {words.split()[0].strip("`"): says for words, says in _rows(commands().split("####")[0])}
    left = 0
    for name, options in options_of():
        (section,) = (each for each in commands().split("#### `")[1:] if re.match(rf"{name}[ `]", each))
        own = {words.split()[0].strip("`") for words, _ in _rows(section)}
        for words, says in options.items():
            option = words.split()[0].rstrip(",")
            if option not in own:
                assert f"`{option}`" in section.split("Also:")[1]
                assert told[option] == says.replace("|", "\\|"), (name, option)
                left += 1
    assert left > 50


def _rows(text: str) -> list[list[str]]:
    lines = [line[2:-2].split(" | ", 1) for line in text.splitlines() if line.startswith("| `--")]
    return [[words.replace("\\|", "|"), says] for words, says in lines]


def test_every_reference_has_its_page() -> None:
    on_pages = [name for page in PAGES for name in parts(page.read_text(encoding="utf-8"))]
    assert sorted(on_pages) == sorted(REFERENCES)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_place_a_page_names_is_there(page: Path) -> None:
    assert [name for name, path in places(page) if not (path.exists() or list(path.parent.glob(path.name)))] == []


def test_every_room_s_page_is_led_to_by_another() -> None:
    led_to = {path.resolve() for page in PAGES for _, path in places(page) if path.resolve() != page}
    assert [name_of(page) for page in PAGES[1:] if page not in led_to] == []


def test_the_front_page_is_short_and_leads_to_every_room() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= NEWCOMER_LINES
    linked = set(re.findall(r"\]\(([a-z/]+)/README\.md\)", text))
    assert linked >= set(ROOMS)
    assert all((ROOT / room / "README.md").exists() for room in ROOMS)


@pytest.mark.parametrize(
    ("said", "found", "expected"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nb  ", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nd", True),
        ("a\n…\nd", "a\nb\ne", False),
        ("a\n…", "a\nb\nc", True),
        ("key … made", "key 7f3 made", True),
        ("key … made", "key 7f3\nmade", False),
        ("(2.0)", "(2.0)", True),
        ("(2.0)", "(2x0)", False),
    ],
)
def test_an_ellipsis_stands_for_text_and_all_else_for_itself(said: str, found: str, expected: bool) -> None:
    assert agrees(said, found) is expected
